/**
 * What heartbeats, sessions and sockets cost, from what was seen of processes
 * that have many of them.
 *
 * @module
 */
import { middleOf } from "./statistics.ts";

/** What a process has taken up to some moment. */
export interface Taken {
  /** CPU time in ms. */
  readonly cpu: number;
  /** Heartbeats. */
  readonly heartbeats: number;
}

/** What a process holds at some moment. */
export interface Held {
  /** Anonymous memory in KB. */
  readonly anonymous: number;
  /** Open files: nearly all of them sockets. */
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

/** The memory of each session but one in KB, at each moment, without that of the sockets: what a process with so many has more than a process with one. */
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
