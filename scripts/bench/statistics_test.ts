import { assertEquals } from "@std/assert";
import { middleOf, slope } from "./statistics.ts";

Deno.test("middleOf() finds the quartiles of values in any order", () => {
  assertEquals(middleOf([5, 1, 4, 2, 3]), { low: 2, median: 3, high: 4 });
  assertEquals(middleOf([7]), { low: 7, median: 7, high: 7 });
  assertEquals(middleOf([]), { low: NaN, median: NaN, high: NaN });
});

Deno.test("slope() is that of the straight line nearest to all points", () => {
  const rows: [xs: number[], ys: number[], slope: number][] = [
    [[0, 1, 2], [5, 7, 9], 2],
    [[0, 1, 2, 3], [0, 1, 0, 1], 0.2],
    [[4, 4], [1, 2], 0],
  ];
  for (const [xs, ys, wanted] of rows) assertEquals(slope(xs, ys), wanted);
});
