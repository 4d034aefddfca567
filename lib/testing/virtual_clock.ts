/**
 * Time that passes only when a test says so.
 *
 * @module
 */
import { type Timer, TimerQueue } from "../timer_queue.ts";
import type { Clock } from "../world.ts";

/** A clock for tests. */
export interface VirtualClock extends Clock {
  /** Lets time pass until monotonic `time` in ms. Timers call back in their order. */
  runUntil(time: number): void;
  /** How many timers are set. */
  readonly pending: number;
  /** Sets the wall clock, in ms since 1970. */
  setWallTime(time: number): void;
  /** Suspends the machine for a time in ms; timers stand still. */
  suspend(time: number): void;
  /** When the next timer calls back, in monotonic ms; Infinity if none is set. */
  readonly next: number;
}

/** Makes a clock at monotonic 0 ms and at wall-clock `wallTime` ms, in UTC. */
export function createVirtualClock(
  wallTime = 0,
  bootId: string | null = "1b2c3d4e-0000-4000-8000-000000000001",
): VirtualClock {
  let ahead = wallTime;
  const queue = new TimerQueue();
  let present = 0;
  let asleep = 0;
  let made = 0;

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
      const timer: Timer = { at, number: made++, callback, place: -1 };
      queue.add(timer);
      return () => queue.remove(timer);
    },
    runUntil(time) {
      for (let next; (next = queue.first) !== undefined && next.at <= time;) {
        queue.remove(next);
        present = Math.max(present, next.at);
        next.callback();
      }
      present = Math.max(present, time);
    },
    get pending() {
      return queue.size;
    },
    get next() {
      return Math.max(present, queue.first?.at ?? Infinity);
    },
  };
}
