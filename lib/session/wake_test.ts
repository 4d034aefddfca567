import { assertEquals } from "@std/assert";
import { seededRandom } from "../random.ts";
import type { Clock } from "../world.ts";
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
    for (let moment = 100_000; moment < 110_000; moment += 333) {
      const { clock, wakes } = setUp();
      clock.runUntil(moment);
      clock.suspend(asleep);
      clock.runUntil(moment + 5_000);
      assertEquals(wakes.length, 1, `${asleep} ms at ${moment}`);
      clock.runUntil(moment + 100_000);
      assertEquals(wakes.length, 1);
    }
  }
});

Deno.test("watchForWake() takes neither a day awake nor a leap of the wall clock for a suspend", () => {
  const { clock, wakes } = setUp();
  const random = seededRandom(1);
  const leaping: Clock = {
    ...clock,
    wallTime: () => clock.now() * 3,
    // As late as those of a busy machine, so that they see every part of a second.
    setTimer: (at, callback) => clock.setTimer(at + random() * 100, callback),
  };
  watchForWake(leaping, () => wakes.push(clock.now()));
  clock.runUntil(86_400_000);
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
