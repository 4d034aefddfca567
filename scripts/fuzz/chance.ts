/**
 * What chance decides, from a generator that can be repeated.
 *
 * @module
 */
import type { Random } from "../../lib/random.ts";

/** True with probability `p`. */
export function chance(random: Random, p: number): boolean {
  return random() < p;
}

/** A whole number from 0 up to, not including, `limit`. */
export function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

/** A number from 0 to 255. */
export function byte(random: Random): number {
  return below(random, 256);
}

/** One of some things, at least one. */
export function pick<T>(random: Random, things: readonly T[]): T {
  return things[below(random, things.length)]!;
}
