/**
 * Statistics of the requests that arrived at a gateway.
 *
 * @module
 */

/** A request that arrived at a gateway. */
export interface Arrival {
  /** The UID of its session. */
  readonly uid: string;
  /** The time of its arrival, in ms. */
  readonly at: number;
  /** Whether it was answered. */
  readonly answered: boolean;
}

/** Parses a line of the gateway. */
export function parseArrival(line: string): Arrival {
  const [uid, ns, answered] = line.split(" ");
  return { uid: uid!, at: Number(ns) / 1e6, answered: answered === "1" };
}

/**
 * The delays of heartbeats behind their schedules in ms, sorted. The heartbeat
 * with the least delay defines a session's schedule and is not counted. Sessions
 * with a fault are left out, since a fault changes the schedule.
 */
export function delays(
  arrivals: readonly Arrival[],
  interval: number,
): number[] {
  return bySession(arrivals).flatMap((all) => {
    if (all.some(({ answered }) => !answered)) return [];
    const first = all[0]!.at;
    const [least, ...others] = all.map(({ at }) => {
      const slot = Math.round((at - first) / interval);
      return at - first - slot * interval;
    }).sort((a, b) => a - b);
    return others.map((offset) => offset - least!);
  }).sort((a, b) => a - b);
}

/**
 * The delays of heartbeats after the previous one and an interval, in ms, sorted.
 * Only a heartbeat after two answered requests counts: the second of them was
 * the first of its heartbeat, so the next is due an interval later. An early
 * heartbeat counts as 0.
 */
export function lags(arrivals: readonly Arrival[], interval: number): number[] {
  return bySession(arrivals).flatMap((all) =>
    all.slice(2).flatMap(({ at }, k) => {
      const [before, last] = [all[k]!, all[k + 1]!];
      if (!before.answered || !last.answered) return [];
      return [Math.max(0, at - last.at - interval)];
    })
  ).sort((a, b) => a - b);
}

/** The most heartbeats in one second, as a multiple of the mean; `NaN` without any. */
export function peak(arrivals: readonly Arrival[]): number {
  if (arrivals.length === 0) return NaN;
  const times = arrivals.map(({ at }) => at);
  const start = times[0]!;
  const seconds = Map.groupBy(times, (at) => Math.floor((at - start) / 1000));
  const counts = [...seconds.values()].map(({ length }) => length);
  return Math.max(...counts) * (Math.max(...seconds.keys()) + 1) /
    arrivals.length;
}

function bySession(arrivals: readonly Arrival[]): Arrival[][] {
  const sessions = Map.groupBy(arrivals, ({ uid }) => uid);
  return [...sessions.values()];
}
