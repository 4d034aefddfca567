/**
 * What many measurements come down to.
 *
 * @module
 */

/** The smallest of sorted values that at least so many percent of them do not exceed; `NaN` if there are none. */
export function percentile(sorted: readonly number[], percent: number): number {
  const rank = Math.ceil(sorted.length * percent / 100);
  return sorted[Math.max(rank, 1) - 1] ?? NaN;
}

/** The middle of values, and how far half of them are spread around it; all `NaN` if there are no values. */
export interface Middle {
  /** A quarter of the values is less. */
  readonly low: number;
  /** Half of them is. */
  readonly median: number;
  /** Three quarters are. */
  readonly high: number;
}

/** The quartiles of values in any order. */
export function middleOf(values: readonly number[]): Middle {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, median, high] = [25, 50, 75].map((percent) =>
    percentile(sorted, percent)
  );
  return { low: low!, median: median!, high: high! };
}

/** The slope of the straight line that has the least squares of distance from all points; 0 if it is upright. */
export function slope(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x0, y0] = [mean(xs), mean(ys)];
  const square = mean(xs.map((x) => (x - x0) ** 2));
  return square === 0
    ? 0
    : mean(xs.map((x, k) => (x - x0) * (ys[k]! - y0))) / square;
}
