/**
 * What the requests that came to a gateway tell of who sent them.
 *
 * @module
 */

/** A request that came to a gateway. */
export interface Arrival {
  /** Whose it was. */
  readonly uid: string;
  /** When it came, in ms. */
  readonly at: number;
  /** Whether it was answered. */
  readonly answered: boolean;
}

/** Reads a line of the gateway's. */
export function parseArrival(line: string): Arrival {
  const [uid, ns, answered] = line.split(" ");
  return { uid: uid!, at: Number(ns) / 1e6, answered: answered === "1" };
}

/**
 * How far the heartbeats of sessions were behind their schedules, in ms, the
 * least first. A session's schedule is known by the heartbeat that was the least
 * behind; that one is not counted. A session with a fault has another schedule
 * after it, so it is left out.
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
 * How far heartbeats were behind the one before, plus an interval, in ms, the
 * least first. Only those count that follow two requests which were both
 * answered: the second of them was a heartbeat's first, so the next one is due
 * an interval after it. One that came early, after one that was late, counts
 * as 0.
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

/** How evenly heartbeats are spread: the most of them in one second, as a multiple of the mean; `NaN` if there are none. */
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
