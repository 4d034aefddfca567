/**
 * Time that passes only when a test says so.
 *
 * @module
 */
import type { Clock } from "../world.ts";

/** A clock for tests. */
export interface VirtualClock extends Clock {
  /** Lets time pass until monotonic `time` in ms, calling timers back in their order. */
  runUntil(time: number): void;
  /** How many timers are set. */
  readonly pending: number;
  /** Sets the wall clock, in ms since 1970. */
  setWallTime(time: number): void;
  /** Suspends the machine for so many ms, while timers stand still. */
  suspend(time: number): void;
  /** When the next timer calls back, in monotonic ms; infinite if none is set. */
  readonly next: number;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  callback: (() => void) | null;
}

/** Makes a clock that stands at 0 ms, while the wall shows `wallTime` ms in a place where local time is UTC. */
export function createVirtualClock(
  wallTime = 0,
  bootId: string | null = "1b2c3d4e-0000-4000-8000-000000000001",
): VirtualClock {
  let ahead = wallTime;
  const heap: Timer[] = [];
  let present = 0;
  let asleep = 0;
  let made = 0;
  let pending = 0;

  return {
    now: () => present,
    wallTime: () => ahead + present + asleep,
    uptime: () => Math.floor((present + asleep) / 1000) * 1000,
    bootId: () => Promise.resolve(bootId),
    setWallTime(time) {
      ahead = time - present - asleep;
    },
    zone: { name: "UTC", offset: () => 0 },
    suspend(time) {
      asleep += time;
    },
    setTimer(at, callback) {
      const timer: Timer = { at, order: made++, callback };
      push(heap, timer);
      pending++;
      return () => {
        if (timer.callback === null) return;
        timer.callback = null;
        pending--;
      };
    },
    runUntil(time) {
      for (let next; (next = heap[0]) !== undefined && next.at <= time;) {
        pop(heap);
        const { callback } = next;
        if (callback === null) continue;
        next.callback = null;
        pending--;
        present = Math.max(present, next.at);
        callback();
      }
      present = Math.max(present, time);
    },
    get pending() {
      return pending;
    },
    get next() {
      while (heap[0]?.callback === null) pop(heap);
      return Math.max(present, heap[0]?.at ?? Infinity);
    },
  };
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || a.at === b.at && a.order < b.order;
}

function push(heap: Timer[], timer: Timer): void {
  let at = heap.length;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(timer, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = timer;
}

function pop(heap: Timer[]): void {
  const last = heap.pop()!;
  if (heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    const right = child + 1;
    if (right < heap.length && isBefore(heap[right]!, heap[child]!)) {
      child = right;
    }
    if (!isBefore(heap[child]!, last)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
}
