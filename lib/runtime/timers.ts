/**
 * Timers.
 *
 * @module
 */
import { type Timer, TimerQueue } from "../timer_queue.ts";
import { native } from "./native.ts";

const queue = new TimerQueue();
const timers = new Map<number, Timer>();
let made = 0;

/** Calls back once, in at least 1 ms. */
export function setTimeout(
  callback: (nothing: undefined) => void,
  ms = 0,
): number {
  const number = ++made;
  const at = native.now() + Math.max(1, ms || 0);
  const timer = { at, number, callback: callback as () => void, place: -1 };
  timers.set(number, timer);
  queue.add(timer);
  return number;
}

/** Cancels a timer. */
export function clearTimeout(number?: number): void {
  const timer = timers.get(number ?? 0);
  if (timer === undefined) return;
  timers.delete(timer.number);
  queue.remove(timer);
}

/** Calls back the timer that is due. Returns how many ms the next one has left, negative if there is none. */
export function tick(): number {
  const timer = queue.first;
  if (timer === undefined) return -1;
  const left = timer.at - native.now();
  if (left > 0) return left;
  clearTimeout(timer.number);
  timer.callback();
  const next = queue.first;
  return next === undefined ? -1 : Math.max(0, next.at - native.now());
}
