/**
 * Random numbers that can be repeated, for the simulated gateway and for tests.
 *
 * @module
 */

/** Returns numbers from 0 up to, not including, 1. */
export type Random = () => number;

/** A generator with a seed: Marsaglia's xorshift with 32 bits of state. Not for secrets. */
export function seededRandom(seed: number): Random {
  // Spreads neighbouring seeds, and avoids 0, which is a fixed point.
  let state = Math.imul(seed ^ seed >>> 16, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
