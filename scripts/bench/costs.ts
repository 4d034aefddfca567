/**
 * The costs of heartbeats, sessions and sockets, from measurements of processes
 * with many of them.
 *
 * @module
 */
import { middleOf } from "./statistics.ts";

/** The work of a process up to a moment. */
export interface Taken {
  /** CPU time in ms. */
  readonly cpu: number;
  /** The number of heartbeats. */
  readonly heartbeats: number;
}

/** The resources of a process at a moment. */
export interface Held {
  /** Anonymous memory in KB. */
  readonly anonymous: number;
  /** The number of open files. Nearly all are sockets. */
  readonly descriptors: number;
}

/** The CPU time of a heartbeat between two moments, in µs; `NaN` if there was none. */
export function cpuPerHeartbeat(before: Taken, after: Taken): number {
  const heartbeats = after.heartbeats - before.heartbeats;
  return heartbeats === 0 ? NaN : (after.cpu - before.cpu) * 1e3 / heartbeats;
}

/** The memory of a socket in KB, from two processes that differ in nothing else. */
export function memoryPerSocket(
  few: readonly Held[],
  many: readonly Held[],
): number {
  const [less, more] = [few, many].map((held) => ({
    anonymous: median(held, "anonymous"),
    descriptors: median(held, "descriptors"),
  }));
  return (more!.anonymous - less!.anonymous) /
    (more!.descriptors - less!.descriptors);
}

/**
 * The memory of a session in KB without sockets, at each moment: the difference
 * between a process with many sessions and one with one.
 */
export function memoryPerSession(
  { one, many, sessions }: {
    readonly one: readonly Held[];
    readonly many: readonly Held[];
    readonly sessions: number;
  },
  perSocket: number,
): number[] {
  const atRest = ({ anonymous, descriptors }: Held) =>
    anonymous - perSocket * descriptors;
  return many.map((held, k) =>
    (atRest(held) - atRest(one[k]!)) / (sessions - 1)
  );
}

function median(held: readonly Held[], what: keyof Held): number {
  return middleOf(held.map((each) => each[what])).median;
}
