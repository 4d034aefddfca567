/**
 * When something was, by a clock that may be set afterwards: a router without
 * a clock of its own begins in 1970 and jumps to the present once it has asked.
 *
 * @module
 */
import type { Clock } from "./world.ts";

/** A point in time by two clocks, read at the same moment. */
export interface Instant {
  /** Wall-clock time in ms. */
  readonly wall: number;
  /** How long the machine had been up, in ms; no clock that is set changes it. */
  readonly uptime: number;
}

/** A wall clock that moved less than this against the uptime was not set, in ms: uptimes have a resolution of 1 s. */
const smallestStep = 2_000;

/** The present. */
export function instantOf(
  clock: Pick<Clock, "wallTime" | "uptime">,
): Instant {
  return { wall: clock.wallTime(), uptime: clock.uptime() };
}

/** How far the wall clock was set from one moment to another of the same boot, in ms; 0 if it was not. */
export function clockStep(from: Instant, to: Instant): number {
  const step = to.wall - to.uptime - (from.wall - from.uptime);
  return Math.abs(step) < smallestStep ? 0 : step;
}

/** When something was by the wall clock as it is now, in ms. */
export function wallTimeOf(then: Instant, present: Instant): number {
  return then.wall + clockStep(then, present);
}
