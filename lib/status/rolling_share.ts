/**
 * How often something was so lately: counts in buckets of time that are used
 * again and again, so that they take the same room however long it goes on.
 *
 * @module
 */

/** The buckets. */
export interface RollingShareOptions {
  /** How long one lasts, in ms. */
  readonly width: number;
  /** How many there are; together they are the time that is looked back on. */
  readonly count: number;
}

/** Counts of the last while. */
export interface RollingShare {
  /** Counts a case at a time in ms, and whether it belongs to the share. */
  add(time: number, belongs: boolean): void;
  /** The case that was counted last does not belong to the share after all. */
  mend(): void;
  /** The share of the cases up to a time in ms, from 0 to 1; `null` if there are none. */
  share(time: number): number | null;
}

/** Makes empty counts. Time that goes back a little stands still, and when it goes back far everything is forgotten. */
export function createRollingShare(
  { width, count }: RollingShareOptions,
): RollingShare {
  const all = new Uint32Array(count);
  const part = new Uint32Array(count);
  let newest = 0;
  let last = 0;

  function advance(time: number): void {
    const bucket = Math.floor(time / width);
    if (Math.abs(bucket - newest) >= count) {
      all.fill(0);
      part.fill(0);
      newest = bucket;
    }
    while (newest < bucket) {
      newest++;
      all[newest % count] = 0;
      part[newest % count] = 0;
    }
  }

  return {
    add(time, belongs) {
      advance(time);
      last = newest % count;
      all[last]!++;
      if (belongs) part[last]!++;
    },
    mend() {
      if (part[last]! > 0) part[last]!--;
    },
    share(time) {
      advance(time);
      const cases = sum(all);
      return cases === 0 ? null : sum(part) / cases;
    },
  };
}

function sum(counts: Uint32Array): number {
  return counts.reduce((sum, n) => sum + n, 0);
}
