/**
 * A queue of timers, the earliest first: a binary heap.
 *
 * @module
 */

/** A timer. */
export interface Timer {
  /** When it is due, in monotonic ms. */
  readonly at: number;
  /** Of two timers at the same time, the one with the lower number comes first. */
  readonly number: number;
  /** Called when it is due. */
  readonly callback: () => void;
  /** Its place in the heap; negative if it is not in the heap. */
  place: number;
}

/** Timers in the order of their times. */
export class TimerQueue {
  private readonly heap: Timer[] = [];

  /** The earliest timer; `undefined` if there is none. */
  get first(): Timer | undefined {
    return this.heap[0];
  }

  /** The number of timers. */
  get size(): number {
    return this.heap.length;
  }

  /** Adds a timer that is not in the queue. */
  add(timer: Timer): void {
    this.rise(timer, this.heap.length);
  }

  /** Removes a timer; does nothing if it is not in the queue. */
  remove(timer: Timer): void {
    const { place } = timer;
    if (place < 0) return;
    timer.place = -1;
    const last = this.heap.pop()!;
    if (last === timer) return;
    const parent = this.heap[(place - 1) >> 1];
    if (parent !== undefined && isBefore(last, parent)) this.rise(last, place);
    else this.sink(last, place);
  }

  /** Puts a timer at a place, or further up. */
  private rise(timer: Timer, from: number): void {
    let place = from;
    while (place > 0) {
      const parent = this.heap[(place - 1) >> 1]!;
      if (!isBefore(timer, parent)) break;
      this.put(parent, place);
      place = (place - 1) >> 1;
    }
    this.put(timer, place);
  }

  /** Puts a timer at a place, or further down. */
  private sink(timer: Timer, from: number): void {
    const { heap } = this;
    let place = from;
    for (;;) {
      const left = 2 * place + 1;
      const right = left + 1;
      const isRight = right < heap.length &&
        isBefore(heap[right]!, heap[left]!);
      const least = isRight ? right : left;
      if (least >= heap.length || !isBefore(heap[least]!, timer)) break;
      this.put(heap[least]!, place);
      place = least;
    }
    this.put(timer, place);
  }

  /** Stores a timer at a place. */
  private put(timer: Timer, place: number): void {
    this.heap[place] = timer;
    timer.place = place;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.at < other.at || one.at === other.at && one.number < other.number;
}
