/**
 * Points in time that stay right if the clock is set afterwards. Routers without
 * a battery start in 1970 and set their clock later.
 *
 * @module
 */
import type { Clock } from "./world.ts";

/** A point in time by two clocks. */
export interface Instant {
  /** Wall-clock time in ms. */
  readonly wall: number;
  /** The uptime of the machine in ms; setting the clock does not change it. */
  readonly uptime: number;
}

/** The smallest step of a clock that was set, in ms: the uptime has a resolution of 1 s. */
const smallestStep = 2_000;

/** The present. */
export function instantOf(clock: Pick<Clock, "wallTime" | "uptime">): Instant {
  return { wall: Math.floor(clock.wallTime()), uptime: clock.uptime() };
}

/** How far the wall clock was set between two moments of one boot, in ms; 0 if it was not. */
export function clockStep(from: Instant, to: Instant): number {
  const step = to.wall - to.uptime - (from.wall - from.uptime);
  return Math.abs(step) < smallestStep ? 0 : step;
}

/** The time of `then` by the present wall clock, in ms. */
export function wallTimeOf(then: Instant, present: Instant): number {
  return then.wall + clockStep(then, present);
}
