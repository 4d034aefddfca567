/**
 * Random choices from a generator with a seed.
 *
 * @module
 */
import type { Random } from "../../lib/random.ts";

/** Returns `true` with probability `p`. */
export function chance(random: Random, p: number): boolean {
  return random() < p;
}

/** Returns a whole number from 0 to `limit - 1`. */
export function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

/** Returns a number from 0 to 255. */
export function byte(random: Random): number {
  return below(random, 256);
}

/** Returns one of at least one thing. */
export function pick<T>(random: Random, things: readonly T[]): T {
  return things[below(random, things.length)]!;
}
