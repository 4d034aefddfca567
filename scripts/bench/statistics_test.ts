import { assertEquals } from "@std/assert";
import { middleOf, percentile, slope } from "./statistics.ts";

Deno.test("percentile() is the smallest value that so many do not exceed", () => {
  const hundred = Array.from({ length: 100 }, (_, k) => k + 1);
  const rows: [sorted: number[], percent: number, value: number][] = [
    [hundred, 50, 50],
    [hundred, 95, 95],
    [hundred, 99, 99],
    [hundred, 100, 100],
    [hundred, 0, 1],
    [hundred.slice(0, 20), 95, 19],
    [hundred.slice(0, 10), 99, 10],
    [[7], 50, 7],
    [[1, Infinity], 50, 1],
    [[1, Infinity], 51, Infinity],
    [[], 50, NaN],
  ];
  for (const [sorted, percent, value] of rows) {
    assertEquals(percentile(sorted, percent), value, `${percent} %`);
  }
});

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
