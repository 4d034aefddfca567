/**
 * How often something was so lately: counts in buckets of time that are used
 * again and again, so that they take the same room however long it goes on.
 *
 * @module
 */

/** Numbers that are next to each other in an array, from a place on. */
export interface Run {
  /** The array, which others share. */
  readonly array: Uint8Array;
  /** The first of its places. */
  readonly at: number;
}

/** Gives away room for small numbers, all 0. */
export type Arena = (length: number) => Run;

/** So many numbers have room in one array, if a single run is no longer. */
const blockSize = 4_096;

/** Makes an arena: many share an array, since each array takes more than a session's counts. */
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

/** The buckets. */
export interface RollingShareOptions {
  /** How long one lasts, in ms. */
  readonly width: number;
  /** How many there are; together they are the time that is looked back on. */
  readonly count: number;
  /** Where they have room. */
  readonly arena: Arena;
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
  /** The cases of each bucket, then those of them that belong to the share; an array of its own, of wider numbers, once there are too many. */
  private array: Uint8Array | Uint16Array | Uint32Array;
  private start: number;
  private cases = 0;
  private shared = 0;
  private newest = 0;
  private last = 0;
  private readonly width: number;
  private readonly count: number;

  constructor({ width, count, arena }: RollingShareOptions) {
    this.width = width;
    this.count = count;
    const { array, at } = arena(2 * count);
    this.array = array;
    this.start = at;
  }

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

  mend(): void {
    const at = this.start + this.count + this.last;
    if (this.array[at] === 0) return;
    this.shared--;
    this.array[at]!--;
  }

  share(time: number): number | null {
    this.advance(time);
    return this.cases === 0 ? null : this.shared / this.cases;
  }

  private isFull(at: number): boolean {
    const { array } = this;
    const most = 2 ** (8 * array.BYTES_PER_ELEMENT) - 1;
    return array[this.start + at] === most;
  }

  private widen(): void {
    const { array, start } = this;
    const Wider = array instanceof Uint8Array ? Uint16Array : Uint32Array;
    this.array = Wider.from(array.subarray(start, start + 2 * this.count));
    this.start = 0;
  }

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
