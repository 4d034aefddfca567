import { assertEquals } from "@std/assert";
import { seededRandom } from "../random.ts";
import { createVirtualClock } from "./virtual_clock.ts";

Deno.test("runUntil() calls timers back in the order of their times, then of their making", () => {
  const clock = createVirtualClock();
  const random = seededRandom(7);
  const set = Array.from({ length: 500 }, (_, order) => ({
    at: Math.floor(random() * 100),
    order,
  }));
  const called: typeof set = [];
  for (const timer of set) clock.setTimer(timer.at, () => called.push(timer));
  clock.runUntil(100);
  assertEquals(called, set.toSorted((a, b) => a.at - b.at));
  assertEquals([clock.now(), clock.pending], [100, 0]);
});

Deno.test("runUntil() also calls what is set on the way, and not what was cancelled", () => {
  const clock = createVirtualClock();
  const called: number[] = [];
  const cancel = clock.setTimer(15, () => called.push(15));
  clock.setTimer(10, () => {
    called.push(clock.now());
    cancel();
    clock.setTimer(clock.now() + 5, () => called.push(clock.now()));
    clock.setTimer(0, () => called.push(clock.now()));
  });
  clock.runUntil(14);
  assertEquals(called, [10, 10]);
  clock.runUntil(20);
  assertEquals([called, clock.pending], [[10, 10, 15], 0]);
});

Deno.test("suspend() passes time that timers don't notice", () => {
  const clock = createVirtualClock(5);
  let called = 0;
  clock.setTimer(2_000, () => called++);
  clock.runUntil(1_000);
  clock.suspend(60_000);
  assertEquals([clock.now(), called], [1_000, 0]);
  assertEquals([clock.uptime(), clock.wallTime()], [61_000, 61_005]);
  clock.runUntil(2_500);
  assertEquals([called, clock.uptime()], [1, 62_000]);
});

Deno.test("next is when the next timer calls back that was not cancelled", () => {
  const clock = createVirtualClock();
  assertEquals(clock.next, Infinity);
  const cancel = clock.setTimer(10, () => {});
  clock.setTimer(20, () => {});
  assertEquals(clock.next, 10);
  cancel();
  assertEquals([clock.next, clock.pending], [20, 1]);
  clock.runUntil(20);
  clock.setTimer(5, () => {});
  assertEquals(clock.next, 20);
});
