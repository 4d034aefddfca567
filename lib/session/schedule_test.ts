import { assertEquals } from "@std/assert";
import { firstSlot, nextSlot, wakeSlot } from "./schedule.ts";

const calm = {
  slot: 1000,
  gridSlot: null as number | null,
  now: 1002,
  interval: 60_000,
  jitter: 0,
  faults: 0,
  random: 0.5,
};

Deno.test("nextSlot() keeps the rate, skips what was missed, and is quicker after faults", () => {
  const rows: [string, Partial<typeof calm>, number][] = [
    ["alive: an interval after the slot, not after the present", {}, 61_000],
    ["jitter makes it sooner only", { jitter: 10_000 }, 56_000],
    ["no chance, no jitter", { jitter: 10_000, random: 0 }, 61_000],
    ["a slot that is due now is not missed", { now: 61_000 }, 61_000],
    ["one slot missed", { now: 61_001 }, 121_000],
    ["a day missed", { now: 86_400_000 }, 86_401_000],
    ["one fault: a sixth", { faults: 1 }, 11_000],
    ["two: a third", { faults: 2 }, 21_000],
    ["three: two thirds", { faults: 3 }, 41_000],
    ["four: the interval, and no more", { faults: 4 }, 61_000],
    ["a hundred", { faults: 100 }, 61_000],
    ["a cycle that took longer than a sixth", {
      faults: 1,
      now: 15_000,
    }, 15_000],
    ["jitter does not hurry a quick cycle", {
      faults: 1,
      jitter: 10_000,
    }, 11_000],
    ["back to the rate that was left before its next slot", {
      gridSlot: 31_000,
    }, 31_000],
    ["to one that was left longer ago", { gridSlot: -148_999 }, 31_001],
    ["to one whose slot this was", { gridSlot: 1000 }, 61_000],
    ["never the same slot again, however it was rounded", {
      slot: 1166.6666666666665,
      gridSlot: 166.66666666666666,
      now: 1166.6666666666665,
      interval: 1000,
    }, 2166.666666666667],
    ["not yet after a fault", { gridSlot: 31_000, faults: 1 }, 11_000],
  ];
  for (const [what, change, slot] of rows) {
    assertEquals(nextSlot({ ...calm, ...change }), slot, what);
  }
});

Deno.test("firstSlot() lets a few begin at once, and spreads many over the interval at most", () => {
  const rows: [place: number, of: number, interval: number, after: number][] = [
    [0, 1, 60_000, 0],
    [9, 10, 60_000, 0],
    [0, 11, 60_000, 0],
    [10, 11, 60_000, 60],
    [99, 100, 60_000, 594],
    [1, 3_000, 60_000, 6],
    [0, 10_000, 60_000, 0],
    [1, 10_000, 60_000, 6],
    [9_999, 10_000, 60_000, 59_994],
    [99, 100, 500, 495],
  ];
  for (const [place, of, interval, after] of rows) {
    assertEquals(
      firstSlot({ place, of, interval }),
      after,
      `${place} of ${of}`,
    );
  }
});

Deno.test("wakeSlot() spreads many over a second, and very many as far as they come through", () => {
  const rows: [place: number, of: number, interval: number, after: number][] = [
    [9, 10, 60_000, 0],
    [10, 20, 60_000, 500],
    [999, 1_000, 60_000, 999],
    [9_999, 10_000, 60_000, 9_999],
    [9_999, 10_000, 5_000, 4_999.5],
  ];
  for (const [place, of, interval, after] of rows) {
    assertEquals(wakeSlot({ place, of, interval }), after, `${place} of ${of}`);
  }
});
