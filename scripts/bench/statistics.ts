/**
 * Statistics of measurements.
 *
 * @module
 */
import { quantile } from "../../lib/report/figures.ts";

/** The quartiles of values; `NaN` without any. */
export interface Middle {
  /** The first quartile. */
  readonly low: number;
  /** The median. */
  readonly median: number;
  /** The third quartile. */
  readonly high: number;
}

/** Computes the quartiles of values in any order. */
export function middleOf(values: readonly number[]): Middle {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    low: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    high: quantile(sorted, 0.75),
  };
}

/** The slope of the least-squares line through the points; 0 if all have the same x. */
export function slope(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x0, y0] = [mean(xs), mean(ys)];
  const square = mean(xs.map((x) => (x - x0) ** 2));
  return square === 0
    ? 0
    : mean(xs.map((x, k) => (x - x0) * (ys[k]! - y0))) / square;
}
