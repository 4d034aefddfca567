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
export function createRollingShare(options: RollingShareOptions): RollingShare {
  return new Buckets(options);
}

/** A class, so that many share their methods. */
class Buckets implements RollingShare {
  /** The cases of each bucket, then those of them that belong to the share; wider once there are too many. */
  private counts: Uint16Array | Uint32Array;
  private cases = 0;
  private shared = 0;
  private newest = 0;
  private last = 0;
  private readonly width: number;
  private readonly count: number;

  constructor({ width, count }: RollingShareOptions) {
    this.width = width;
    this.count = count;
    this.counts = new Uint16Array(2 * count);
  }

  add(time: number, belongs: boolean): void {
    this.advance(time);
    const at = this.newest % this.count;
    this.last = at;
    this.cases++;
    if (this.counts[at] === 0xffff) {
      this.counts = Uint32Array.from(this.counts);
    }
    this.counts[at]!++;
    if (!belongs) return;
    this.shared++;
    this.counts[this.count + at]!++;
  }

  mend(): void {
    const at = this.count + this.last;
    if (this.counts[at] === 0) return;
    this.shared--;
    this.counts[at]!--;
  }

  share(time: number): number | null {
    this.advance(time);
    return this.cases === 0 ? null : this.shared / this.cases;
  }

  private advance(time: number): void {
    const bucket = Math.floor(time / this.width);
    if (Math.abs(bucket - this.newest) >= this.count) {
      this.counts.fill(0);
      this.cases = 0;
      this.shared = 0;
      this.newest = bucket;
    }
    while (this.newest < bucket) {
      this.newest++;
      const at = this.newest % this.count;
      this.cases -= this.counts[at]!;
      this.shared -= this.counts[this.count + at]!;
      this.counts[at] = 0;
      this.counts[this.count + at] = 0;
    }
  }
}
