/**
 * What a session went through, in numbers: counted from its reports, in the
 * same room however long it goes on.
 *
 * @module
 */
import { type CycleResult, lossesOf, type Reason } from "../agent/cycle.ts";
import type { Report } from "../agent/session_state.ts";
import { classOf, type Verdict, type VerdictClass } from "../verdict.ts";
import { createRollingShare } from "./rolling_share.ts";

/** The upper bounds of the buckets for round trips, in ms; what takes longer is in one more. */
export const rttBounds: readonly number[] = [
  1,
  2.5,
  5,
  10,
  25,
  50,
  100,
  250,
  500,
  1_000,
  2_500,
  5_000,
  10_000,
];

/** Round trips: from the first try to the proof of life, in ms. */
export interface RttStatistics {
  /** How many there were. */
  readonly count: number;
  /** All of them together. */
  readonly sum: number;
  /** The shortest; `null` without any. */
  readonly min: number | null;
  /** The longest; `null` without any. */
  readonly max: number | null;
  /** That of the last cycle; `null` if it proved no life. */
  readonly last: number | null;
  /** How many there were in each bucket, one more than {@linkcode rttBounds}. */
  readonly buckets: readonly number[];
}

/** What a session went through since it was begun; times in wall-clock ms. */
export interface Statistics {
  /** The last verdict; `null` before the first. */
  readonly verdict: Verdict | null;
  /** Since when each verdict was this one; `null` before the first. */
  readonly since: number | null;
  /** When life was last proven; `null` if it never was. */
  readonly lastAlive: number | null;
  /** The round trips of signs of life. */
  readonly rtt: RttStatistics;
  /** The share of the last 15 minutes' cycles that proved no life, from 0 to 1; `null` without any cycles. */
  readonly withoutAlive15min: number | null;
  /** The same for 24 hours. */
  readonly withoutAlive24h: number | null;
  /** Cycles by the verdict that they ended with. */
  readonly cycles: Readonly<Record<Verdict, number>>;
  /** Faults that a late sign of life has mended. */
  readonly mended: number;
  /** Datagrams that left this machine. */
  readonly tries: number;
  /** Those of them that nothing valid had answered when their cycle ended. */
  readonly losses: number;
  /** Datagrams that did not count, by reason. */
  readonly discarded: Readonly<Record<Reason, number>>;
  /** Transitions by the class that they led to. */
  readonly transitions: Readonly<Record<VerdictClass, number>>;
}

/** Counts. */
export interface Recorder {
  /** Takes a report that comes at a wall-clock time in ms. */
  record(report: Report, time: number): void;
  /** What there was until a wall-clock time in ms. */
  read(time: number): Statistics;
}

const minute = 60_000;

/** Begins to count. */
export function createRecorder(): Recorder {
  const buckets = new Uint32Array(rttBounds.length + 1);
  const quarter = createRollingShare({ width: minute, count: 15 });
  const day = createRollingShare({ width: 15 * minute, count: 96 });
  const cycles: Record<Verdict, number> = {
    alive: 0,
    dead: 0,
    silent: 0,
    unsendable: 0,
    unresolved: 0,
    garbled: 0,
  };
  const discarded: Record<Reason, number> = {
    source: 0,
    length: 0,
    uid: 0,
    tail: 0,
    duplicate: 0,
    late: 0,
  };
  const transitions = { alive: 0, fault: 0, dead: 0 };
  const rtt = { count: 0, sum: 0, min: Infinity, max: -Infinity };
  let lastRtt: number | null = null;
  let verdict: Verdict | null = null;
  let since: number | null = null;
  let lastAlive: number | null = null;
  let tries = 0;
  let losses = 0;
  let mended = 0;

  function judge(next: Verdict, time: number, trip: number | null): void {
    if (next !== verdict) since = time;
    verdict = next;
    lastRtt = next === "alive" ? trip : null;
    if (next !== "alive") return;
    lastAlive = time;
    if (trip !== null) measure(trip);
  }

  function measure(trip: number): void {
    rtt.count++;
    rtt.sum += trip;
    rtt.min = Math.min(rtt.min, trip);
    rtt.max = Math.max(rtt.max, trip);
    const at = rttBounds.findIndex((bound) => trip <= bound);
    buckets[at < 0 ? rttBounds.length : at]!++;
  }

  function conclude(result: CycleResult, time: number): void {
    judge(result.verdict, time, result.rtt);
    cycles[result.verdict]++;
    tries += result.tries;
    losses += lossesOf(result);
    for (const [reason, count] of Object.entries(result.reasons)) {
      discarded[reason as Reason] += count;
    }
    const without = classOf(result.verdict) !== "alive";
    quarter.add(time, without);
    day.add(time, without);
  }

  return {
    record(report, time) {
      switch (report.type) {
        case "cycle":
          return conclude(report.result, time);
        case "late":
          judge(report.verdict, time, report.rtt);
          mended++;
          quarter.mend();
          day.mend();
          return;
        case "transition":
          transitions[classOf(report.to)]++;
          return;
        case "ended":
          return;
      }
    },
    read: (time) => ({
      verdict,
      since,
      lastAlive,
      rtt: {
        count: rtt.count,
        sum: rtt.sum,
        min: rtt.count === 0 ? null : rtt.min,
        max: rtt.count === 0 ? null : rtt.max,
        last: lastRtt,
        buckets: [...buckets],
      },
      withoutAlive15min: quarter.share(time),
      withoutAlive24h: day.share(time),
      cycles: { ...cycles },
      mended,
      tries,
      losses,
      discarded: { ...discarded },
      transitions: { ...transitions },
    }),
  };
}
