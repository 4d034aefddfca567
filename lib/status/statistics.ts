/**
 * What a session went through, in numbers: counted from its reports, in the
 * same room however long it goes on.
 *
 * @module
 */
import type { Flaw } from "../protocol/protocol.ts";
import { classOf, type Verdict, type VerdictClass } from "../verdict.ts";
import { type Instant, wallTimeOf } from "../instant.ts";
import { addCycle, correctLast } from "./recent_cycles.ts";
import {
  type Arena,
  createArena,
  createRollingShare,
  type RollingShare,
} from "./rolling_share.ts";
import {
  commonReasons,
  type CycleResult,
  lossesOf,
  type Report,
} from "../finding.ts";

/** The upper bounds of the buckets for round trips, in ms; what takes longer is in one more. */
export const rttBounds: readonly number[] = [1, 10, 100, 1_000]
  .flatMap((ms) => [ms, 2.5 * ms, 5 * ms]).concat(10_000);

/** Times that signs of life took, in ms. */
export interface TimeStatistics {
  /** How many there were. */
  readonly count: number;
  /** All of them together. */
  readonly sum: number;
  /** The shortest; `null` without any. */
  readonly min: number | null;
  /** The longest; `null` without any. */
  readonly max: number | null;
  /** That of the last cycle; `null` if it proved no life, or nobody knows. */
  readonly last: number | null;
}

/** Round trips after Karn, in ms: those of which it is known which try was answered. */
export interface RttStatistics extends TimeStatistics {
  /** How many there were in each bucket, one more than {@linkcode rttBounds}. */
  readonly buckets: readonly number[];
}

/** What was counted of a session since it was begun. */
export interface Counters {
  /** The last verdict; `null` before the first. */
  readonly verdict: Verdict | null;
  /** Since when each verdict was this one; `null` before the first. */
  readonly since: Instant | null;
  /** When life was last proven; `null` if it never was. */
  readonly lastAlive: Instant | null;
  /** The round trips of signs of life. */
  readonly rtt: RttStatistics;
  /** How long they took from the first try of their cycle. */
  readonly answer: TimeStatistics;
  /** Cycles by the verdict that they ended with. */
  readonly cycles: Readonly<Record<Verdict, number>>;
  /** Faults that a late sign of life has mended. */
  readonly mended: number;
  /** Datagrams that left this machine. */
  readonly tries: number;
  /** Those of them that nothing valid had answered when their cycle ended. */
  readonly losses: number;
  /** Datagrams that did not count, by reason. */
  readonly discarded: Readonly<Record<string, number>>;
  /** Transitions by the class that they led to. */
  readonly transitions: Readonly<Record<VerdictClass, number>>;
  /** The last cycles, as `recentCycles()` reads them. */
  readonly recent: string;
}

/** What a session went through, as it was at a time; times by the wall clock as it was then, in ms. */
export interface Statistics extends Omit<Counters, "since" | "lastAlive"> {
  /** Since when each verdict was the last one; `null` before the first. */
  readonly since: number | null;
  /** When life was last proven; `null` if it never was. */
  readonly lastAlive: number | null;
  /** The share of the last 15 minutes' cycles that proved no life, from 0 to 1; `null` without any cycles. */
  readonly withoutAlive15min: number | null;
  /** The same for 24 hours. */
  readonly withoutAlive24h: number | null;
}

/** Counts. */
export interface Recorder {
  /** What was counted up to now; it goes on changing. */
  readonly counters: Counters;
  /** Takes a report that comes now. */
  record(report: Report, now: Instant): void;
  /** What there was until now. */
  read(now: Instant): Statistics;
}

const minute = 60_000;

/** Begins to count, datagrams with these flaws among others. Many recorders take less room if they share it. */
export function createRecorder(
  flaws: readonly Pick<Flaw, "name">[] = [],
  arena: Arena = createArena(),
): Recorder {
  return new Counts(flaws, arena);
}

const noTimes = { count: 0, sum: 0, min: null, max: null, last: null };

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A class, so that many share their methods. */
class Counts implements Recorder, Counters {
  verdict: Verdict | null = null;
  since: Instant | null = null;
  lastAlive: Instant | null = null;
  readonly rtt: Mutable<Omit<RttStatistics, "buckets">> & {
    readonly buckets: number[];
  } = {
    ...noTimes,
    buckets: [...rttBounds, Infinity].map(() => 0),
  };
  readonly answer: Mutable<TimeStatistics> = { ...noTimes };
  private readonly quarter: RollingShare;
  private readonly day: RollingShare;
  readonly cycles: Record<Verdict, number> = {
    alive: 0,
    dead: 0,
    silent: 0,
    unsendable: 0,
    unresolved: 0,
    garbled: 0,
  };
  mended = 0;
  tries = 0;
  losses = 0;
  readonly discarded: Record<string, number> = {};
  readonly transitions = { alive: 0, fault: 0, dead: 0 };
  recent = "";

  constructor(flaws: readonly Pick<Flaw, "name">[], arena: Arena) {
    const [source, ...others] = commonReasons;
    for (const name of [source, ...flaws.map(({ name }) => name), ...others]) {
      this.discarded[name] = 0;
    }
    const quarter = { width: minute, count: 15, arena };
    this.quarter = createRollingShare(quarter);
    this.day = createRollingShare({ width: 15 * minute, count: 96, arena });
  }

  get counters(): Counters {
    return this;
  }

  record(report: Report, now: Instant): void {
    switch (report.type) {
      case "cycle":
        return this.conclude(report.result, now);
      case "late":
        this.judge(report.verdict, now, report);
        this.mended++;
        this.recent = correctLast(this.recent, report.rtt);
        this.quarter.mend();
        this.day.mend();
        return;
      case "transition":
        this.transitions[classOf(report.to)]++;
        return;
      case "ended":
        return;
    }
  }

  read(now: Instant): Statistics {
    const { since, lastAlive } = this;
    return {
      verdict: this.verdict,
      since: since && wallTimeOf(since, now),
      lastAlive: lastAlive && wallTimeOf(lastAlive, now),
      rtt: { ...this.rtt, buckets: [...this.rtt.buckets] },
      answer: { ...this.answer },
      withoutAlive15min: this.quarter.share(now.uptime),
      withoutAlive24h: this.day.share(now.uptime),
      cycles: { ...this.cycles },
      mended: this.mended,
      tries: this.tries,
      losses: this.losses,
      discarded: { ...this.discarded },
      transitions: { ...this.transitions },
      recent: this.recent,
    };
  }

  private conclude(result: CycleResult, now: Instant): void {
    this.judge(result.verdict, now, result);
    this.cycles[result.verdict]++;
    this.recent = addCycle(this.recent, result);
    this.tries += result.tries;
    this.losses += lossesOf(result);
    for (const [reason, count] of Object.entries(result.reasons)) {
      this.discarded[reason] = (this.discarded[reason] ?? 0) + count;
    }
    const without = classOf(result.verdict) !== "alive";
    this.quarter.add(now.uptime, without);
    this.day.add(now.uptime, without);
  }

  private judge(
    next: Verdict,
    now: Instant,
    { rtt, answerTime }: Pick<CycleResult, "rtt" | "answerTime">,
  ): void {
    if (next !== this.verdict) this.since = now;
    this.verdict = next;
    const isAlive = next === "alive";
    measure(this.rtt, isAlive ? rtt : null);
    measure(this.answer, isAlive ? answerTime : null);
    if (!isAlive) return;
    this.lastAlive = now;
    if (rtt === null) return;
    const at = rttBounds.findIndex((bound) => rtt <= bound);
    this.rtt.buckets[at < 0 ? rttBounds.length : at]!++;
  }
}

/** Takes what the last cycle took. */
function measure(times: Mutable<TimeStatistics>, last: number | null): void {
  times.last = last;
  if (last === null) return;
  times.count++;
  times.sum += last;
  times.min = Math.min(times.min ?? last, last);
  times.max = Math.max(times.max ?? last, last);
}
