import { assertEquals } from "@std/assert";
import { type Timer, TimerQueue } from "./timer_queue.ts";

function timerOf(at: number, number: number): Timer {
  return { at, number, callback: () => {}, place: -1 };
}

function drain(queue: TimerQueue): Timer[] {
  const all: Timer[] = [];
  for (let timer = queue.first; timer !== undefined; timer = queue.first) {
    all.push(timer);
    queue.remove(timer);
  }
  return all;
}

Deno.test("TimerQueue has the earliest first, and of those at one time the first that came", () => {
  const queue = new TimerQueue();
  for (const [number, at] of [5, 3, 3, 9, 1, 3].entries()) {
    queue.add(timerOf(at, number));
  }
  const order = drain(queue).map(({ at, number }) => [at, number]);
  assertEquals(order, [[1, 4], [3, 1], [3, 2], [3, 5], [5, 0], [9, 3]]);
  assertEquals(queue.first, undefined);
});

Deno.test("TimerQueue removes any, and none twice", () => {
  let state = 1;
  const random = () => (state = state * 16_807 % 2_147_483_647) / 2_147_483_647;
  const queue = new TimerQueue();
  let there: Timer[] = [];
  for (let number = 0; number < 2_000; number++) {
    const timer = timerOf(Math.floor(random() * 100), number);
    queue.add(timer);
    there.push(timer);
    if (random() < 0.6) continue;
    const gone = there[Math.floor(random() * there.length)]!;
    queue.remove(gone);
    queue.remove(gone);
    there = there.filter((timer) => timer !== gone);
  }
  const order = there.toSorted((a, b) => a.at - b.at || a.number - b.number);
  assertEquals(drain(queue), order);
});
