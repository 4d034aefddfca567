/**
 * Counts the reports of a session, always with the same amount of memory.
 *
 * @module
 */
import { classOf, type Verdict, type VerdictClass } from "../verdict.ts";
import { type Instant, wallTimeOf } from "../instant.ts";
import { addCycle, correctLast } from "./recent_cycles.ts";
import { type Arena, createArena, RollingShare } from "./rolling_share.ts";
import {
  type CycleResult,
  type LoginStatus,
  lossesOf,
  reasonsOf,
  type Report,
} from "../finding.ts";

/** The upper bounds of the round-trip buckets, in ms. One more bucket has all longer ones. */
export const rttBounds: readonly number[] = [1, 10, 100, 1_000]
  .flatMap((ms) => [ms, 2.5 * ms, 5 * ms]).concat(10_000);

/** Statistics of times until a sign of life, in ms. */
export interface TimeStatistics {
  /** The number of times. */
  readonly count: number;
  /** Their sum. */
  readonly sum: number;
  /** The shortest; `null` without any. */
  readonly min: number | null;
  /** The longest; `null` without any. */
  readonly max: number | null;
  /** The time of the last cycle; `null` if it was not alive or the time is unknown. */
  readonly last: number | null;
}

/** Statistics of round trips after Karn: only those of a known try. */
export interface RttStatistics extends TimeStatistics {
  /** The number of round trips in each bucket, one more than {@linkcode rttBounds}. */
  readonly buckets: readonly number[];
}

/** The counters of a session since its start. */
export interface Counters {
  /** The last verdict; `null` before the first. */
  readonly verdict: Verdict | null;
  /** When the last verdict began; `null` before the first. */
  readonly since: Instant | null;
  /** The last sign of life; `null` without one. */
  readonly lastAlive: Instant | null;
  /** The round trips of signs of life. */
  readonly rtt: RttStatistics;
  /** The times from the first try of a cycle to its sign of life. */
  readonly answer: TimeStatistics;
  /** The number of cycles by verdict. */
  readonly cycles: Readonly<Record<Verdict, number>>;
  /** How many faults a late reply has corrected. */
  readonly mended: number;
  /** How often a held connection was replaced. */
  readonly reconnects: number;
  /** What the peer of a stream said in the last cycle; `null` for nothing. */
  readonly note: string | null;
  /** What was not as it was expected in the last cycle; `null` for nothing. */
  readonly warning: string | null;
  /** Datagrams that left this machine, or connections that were tried. */
  readonly tries: number;
  /** How many of them got no valid answer before their cycle ended. */
  readonly losses: number;
  /** The number of discarded datagrams by reason. */
  readonly discarded: Readonly<Record<string, number>>;
  /** The number of transitions by their new class. */
  readonly transitions: Readonly<Record<VerdictClass, number>>;
  /** The last cycles, as `recentCycles()` reads them. */
  readonly recent: string;
  /** What the logins are at; `null` if none was ever needed. */
  readonly login: LoginStatus | null;
  /** The number of logins by how they ended. */
  readonly logins: Readonly<Record<LoginResult, number>>;
}

/** How a login ended: with status 0, or not. */
export const loginResults = ["ok", "failed"] as const;

/** One of these. */
export type LoginResult = typeof loginResults[number];

/** The counters of a session at one time. Times are in ms of the wall clock at that time. */
export interface Statistics
  extends Omit<Counters, "since" | "lastAlive" | "login"> {
  /** When the last verdict began; `null` before the first. */
  readonly since: number | null;
  /** The last sign of life; `null` without one. */
  readonly lastAlive: number | null;
  /** The share of cycles without a sign of life in the last 15 minutes, from 0 to 1; `null` without cycles. */
  readonly withoutAlive15min: number | null;
  /** The same for 24 hours. */
  readonly withoutAlive24h: number | null;
}

/** Counts the reports of a session. */
export interface Recorder {
  /** The live counters. They go on changing. */
  readonly counters: Counters;
  /** Counts a report at a time. */
  record(report: Report, now: Instant): void;
  /** Returns the counters at a time. */
  read(now: Instant): Statistics;
}

const minute = 60_000;

/** Makes a recorder for sessions of a protocol. A shared arena saves memory. */
export function createRecorder(
  protocol: Parameters<typeof reasonsOf>[0] = {
    carrier: "datagram",
    flaws: [],
  },
  arena: Arena = createArena(),
): Recorder {
  return new Counts(protocol, arena);
}

const noTimes = { count: 0, sum: 0, min: null, max: null, last: null };

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A class, so that all recorders share its methods. */
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
  reconnects = 0;
  note: string | null = null;
  warning: string | null = null;
  tries = 0;
  losses = 0;
  readonly discarded: Record<string, number> = {};
  readonly transitions = { alive: 0, fault: 0, dead: 0 };
  recent = "";
  login: LoginStatus | null = null;
  readonly logins = { ok: 0, failed: 0 };

  constructor(protocol: Parameters<typeof reasonsOf>[0], arena: Arena) {
    for (const name of reasonsOf(protocol)) this.discarded[name] = 0;
    this.quarter = new RollingShare({ width: minute, count: 15, arena });
    this.day = new RollingShare({ width: 15 * minute, count: 96, arena });
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
        this.note = null;
        this.mended++;
        this.recent = correctLast(this.recent, report.rtt);
        this.quarter.correctLast();
        this.day.correctLast();
        return;
      case "transition":
        this.transitions[classOf(report.to)]++;
        // No cycle has found this out.
        if (report.cause === null && report.to !== this.verdict) {
          this.since = now;
          this.verdict = report.to;
        }
        return;
      case "reconnect":
        this.reconnects++;
        return;
      case "login":
        this.login = report.status;
        if (report.isEnd) {
          this.logins[report.status.lastExit === 0 ? "ok" : "failed"]++;
        }
        return;
      case "unnamed":
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
      reconnects: this.reconnects,
      note: this.note,
      warning: this.warning,
      tries: this.tries,
      losses: this.losses,
      discarded: { ...this.discarded },
      transitions: { ...this.transitions },
      recent: this.recent,
      logins: { ...this.logins },
    };
  }

  private conclude(result: CycleResult, now: Instant): void {
    this.judge(result.verdict, now, result);
    this.cycles[result.verdict]++;
    this.note = result.stream?.note ?? null;
    this.warning = result.stream?.warning ?? null;
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

/** Adds the time of the last cycle. */
function measure(times: Mutable<TimeStatistics>, last: number | null): void {
  times.last = last;
  if (last === null) return;
  times.count++;
  times.sum += last;
  times.min = Math.min(times.min ?? last, last);
  times.max = Math.max(times.max ?? last, last);
}
