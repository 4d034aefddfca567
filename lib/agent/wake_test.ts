import { assertEquals } from "@std/assert";
import { createVirtualClock } from "../testing/virtual_clock.ts";
import { watchForWake } from "./wake.ts";

/** A watch that writes down when it noticed a wake, in ms. */
function setUp() {
  const clock = createVirtualClock();
  const wakes: number[] = [];
  const stop = watchForWake(clock, () => wakes.push(clock.now()));
  return { clock, wakes, stop };
}

Deno.test("watchForWake() notices each suspend within five seconds, and once", () => {
  for (const asleep of [3_000, 60_000, 10 * 3_600_000]) {
    const { clock, wakes } = setUp();
    clock.runUntil(100_500);
    clock.suspend(asleep);
    clock.runUntil(200_500);
    clock.suspend(asleep);
    clock.runUntil(300_500);
    assertEquals(wakes.length, 2, `${asleep} ms`);
    assertEquals(wakes.map((at, k) => at - (k + 1) * 100_000 <= 5_500), [
      true,
      true,
    ]);
  }
});

Deno.test("watchForWake() takes neither a day awake nor a leap of the wall clock for a suspend", () => {
  const { clock, wakes } = setUp();
  for (let ms = 0; ms < 86_400_000; ms += 7_777) clock.runUntil(ms);
  const leaping = { ...clock, wallTime: () => clock.now() * 3 };
  watchForWake(leaping, () => wakes.push(-1));
  clock.runUntil(2 * 86_400_000);
  assertEquals(wakes, []);
});

Deno.test("watchForWake() ends when it is told to", () => {
  const { clock, wakes, stop } = setUp();
  clock.runUntil(10_000);
  stop();
  assertEquals(clock.pending, 0);
  clock.suspend(60_000);
  clock.runUntil(100_000);
  assertEquals(wakes, []);
});
