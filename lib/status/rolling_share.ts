/**
 * A rolling share of cases: counts in buckets of time that are reused, so that
 * they always need the same memory.
 *
 * @module
 */

/** A part of an array. */
export interface Run {
  /** The shared array. */
  readonly array: Uint8Array;
  /** The first index. */
  readonly at: number;
}

/** Allocates small numbers, all 0. */
export type Arena = (length: number) => Run;

/** The length of an array, unless a single run is longer. */
const blockSize = 4_096;

/** Makes an arena. Its runs share arrays, since an array takes more memory than a session's counts. */
export function createArena(): Arena {
  let array = new Uint8Array(0);
  let used = 0;
  return (length) => {
    if (used + length > array.length) {
      array = new Uint8Array(Math.max(blockSize, length));
      used = 0;
    }
    const at = used;
    used += length;
    return { array, at };
  };
}

/** The buckets of a rolling share. */
export interface RollingShareOptions {
  /** The length of a bucket, in ms. */
  readonly width: number;
  /** The number of buckets. Together they are the period. */
  readonly count: number;
  /** Allocates them. */
  readonly arena: Arena;
}

/**
 * Counts cases of the last while, and how many of them belong to the share.
 * Time that goes back a little stands still. If it goes back far, all counts
 * are forgotten.
 */
export class RollingShare {
  /** The cases of each bucket, then those in the share. Large counts move to an own array of wider numbers. */
  private array: Uint8Array | Uint16Array | Uint32Array;
  private start: number;
  private cases = 0;
  private shared = 0;
  private newest = 0;
  private last = 0;
  private readonly width: number;
  private readonly count: number;

  /** Makes empty counts. */
  constructor({ width, count, arena }: RollingShareOptions) {
    this.width = width;
    this.count = count;
    const { array, at } = arena(2 * count);
    this.array = array;
    this.start = at;
  }

  /** Counts a case at a time in ms, and whether it belongs to the share. */
  add(time: number, belongs: boolean): void {
    this.advance(time);
    const at = this.newest % this.count;
    this.last = at;
    this.cases++;
    if (this.isFull(at)) this.widen();
    this.array[this.start + at]!++;
    if (!belongs) return;
    this.shared++;
    this.array[this.start + this.count + at]!++;
  }

  /** Takes the last case out of the share. */
  correctLast(): void {
    const at = this.start + this.count + this.last;
    if (this.array[at] === 0) return;
    this.shared--;
    this.array[at]!--;
  }

  /** The share from 0 to 1 at a time in ms; `null` without any cases. */
  share(time: number): number | null {
    this.advance(time);
    return this.cases === 0 ? null : this.shared / this.cases;
  }

  /** Whether the number of a bucket has reached its limit. */
  private isFull(at: number): boolean {
    const { array } = this;
    const most = 2 ** (8 * array.BYTES_PER_ELEMENT) - 1;
    return array[this.start + at] === most;
  }

  /** Copies the counts to an array of wider numbers. */
  private widen(): void {
    const { array, start } = this;
    const Wider = array instanceof Uint8Array ? Uint16Array : Uint32Array;
    this.array = Wider.from(array.subarray(start, start + 2 * this.count));
    this.start = 0;
  }

  /** Clears the buckets that are too old at a time. */
  private advance(time: number): void {
    const bucket = Math.floor(time / this.width);
    if (Math.abs(bucket - this.newest) >= this.count) {
      this.array.fill(0, this.start, this.start + 2 * this.count);
      this.cases = 0;
      this.shared = 0;
      this.newest = bucket;
    }
    while (this.newest < bucket) {
      this.newest++;
      const cases = this.start + this.newest % this.count;
      const shared = cases + this.count;
      this.cases -= this.array[cases]!;
      this.shared -= this.array[shared]!;
      this.array[cases] = 0;
      this.array[shared] = 0;
    }
  }
}
