/**
 * What a session's history amounts to, in figures.
 *
 * @module
 */
import type { Verdict } from "../verdict.ts";
import { type Cycle, isCycle, type SessionRecords } from "./records.ts";
import {
  type Condition,
  durations,
  type Period,
  type Stretch,
  stretchesOf,
} from "./stretches.ts";
import { roundSpans } from "./times.ts";

/** A stretch of faults, or of death. */
export interface Outage extends Stretch {
  /** What it was. */
  readonly condition: "fault" | "dead";
  /** What had been before; `null` if nothing is known of that. */
  readonly before: Stretch | null;
  /** What came next; `null` if it goes on. */
  readonly after: Stretch | null;
  /** The outage before it; `null` for the first one. */
  readonly previous: Outage | null;
  /** When the session was last known to be alive before, in wall-clock ms; `null` if that is not known. */
  readonly lastAlive: number | null;
}

/** Round trips of a while, in ms. */
export interface RoundTrips {
  /** When it began, in wall-clock ms. */
  readonly time: number;
  /** How many there were. */
  readonly count: number;
  /** Half of them were not longer. */
  readonly median: number;
  /** 95 % of them were not longer. */
  readonly p95: number;
}

/** Datagrams of a while. */
export interface Losses {
  /** When it began, in wall-clock ms. */
  readonly time: number;
  /** How many left this machine. */
  readonly tries: number;
  /** How many of them nothing valid answered. */
  readonly lost: number;
}

/** A session in figures; times in wall-clock ms, durations in ms. */
export interface SessionFigures {
  /** Its name. */
  readonly session: string;
  /** Its gateway; `null` if that is not known. */
  readonly gateway: string | null;
  /** What is looked at: it begins with the first cycle, if not with the time that was asked for. */
  readonly from: number;
  /** When it ends. */
  readonly to: number;
  /** What it was like from then to then, without a gap. */
  readonly stretches: readonly Stretch[];
  /** Faults and deaths among that. */
  readonly outages: readonly Outage[];
  /** How long each condition lasted. */
  readonly durations: Readonly<Record<Condition, number>>;
  /** The share of the watched time in which the last verdict was alive; `null` if nobody watched. */
  readonly availability: number | null;
  /** How many cycles reached each verdict. */
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>;
  /** How many cycles there were. */
  readonly cycles: number;
  /** How many datagrams, and how many of them were lost. */
  readonly losses: Losses;
  /** All round trips of which it is known which try was answered; `null` if there were none. */
  readonly roundTrips: RoundTrips | null;
  /** The same of how long answers took from the first try of their cycle. */
  readonly answers: RoundTrips | null;
  /** The same over time, where there were some. */
  readonly roundTripsOverTime: Series<RoundTrips>;
  /** Losses by hour, where there were cycles. */
  readonly lossesByHour: readonly Losses[];
}

/** Values over time. */
export interface Series<T> {
  /** How long each stands for, in ms. */
  readonly width: number;
  /** The values there are, oldest first. */
  readonly values: readonly T[];
}

const hour = 3_600_000;

/** The longest time that values are summed up for, in ms, unless that is not enough. */
const longestWidth = 28 * 24 * hour;

/** Round trips are summed up so that a while has at least so many of them, */
const fewestRoundTrips = 6;

/** and that there are so many whiles at most. */
const mostWhiles = 240;

/** Works a session's figures out; `null` if there is nothing in the period. */
export function figuresOf(
  { session, gateway, before, entries }: SessionRecords,
  period: Period,
): SessionFigures | null {
  const stretches = stretchesOf([...before, ...entries], period);
  const [first] = stretches;
  if (first === undefined) return null;
  const cycles = entries.filter(isCycle);
  const length = period.to - first.from;
  const sums = durations(stretches);
  const watched = length - sums.unwatched;
  return {
    session,
    gateway,
    from: first.from,
    to: stretches.at(-1)!.to,
    stretches,
    outages: outagesOf(stretches),
    durations: sums,
    availability: watched > 0 ? sums.alive / watched : null,
    verdicts: countVerdicts(cycles),
    cycles: cycles.length,
    losses: sumOf(first.from, cycles),
    roundTrips: roundTripsOf(first.from, cycles),
    answers: quantilesOf(first.from, cycles.map(({ answer }) => answer)),
    roundTripsOverTime: overTime(cycles, length),
    lossesByHour: byTime(cycles, hour, sumOf),
  };
}

/** The smallest width that people can think in and that is not less than `least` ms. */
export function niceWidth(least: number): number {
  return least > longestWidth
    ? Math.ceil(least / longestWidth) * longestWidth
    : roundSpans.find((width) => width >= least)!;
}

/** Sums losses up, so many ms at a time. */
export function sumLosses(
  losses: readonly Losses[],
  width: number,
): Losses[] {
  return byTime(losses, width, sumOf);
}

/** The share of datagrams that were lost; 0 if none was sent. */
export function shareOf({ tries, lost }: Losses): number {
  return tries === 0 ? 0 : lost / tries;
}

/** The value that a share of sorted ones does not exceed: the nearest rank. */
export function quantile(
  sorted: Readonly<ArrayLike<number>>,
  share: number,
): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

function outagesOf(stretches: readonly Stretch[]): Outage[] {
  let lastAlive: number | null = null;
  let previous: Outage | null = null;
  return stretches.flatMap((stretch, at) => {
    const { condition } = stretch;
    if (condition === "alive") lastAlive = stretch.last;
    if (condition === "unwatched") lastAlive = null;
    if (condition === "alive" || condition === "unwatched") return [];
    const before = stretches[at - 1] ?? null;
    const after = stretches[at + 1] ?? null;
    previous = { ...stretch, condition, before, after, previous, lastAlive };
    return [previous];
  });
}

function countVerdicts(
  cycles: readonly Cycle[],
): Partial<Record<Verdict, number>> {
  const counts: Partial<Record<Verdict, number>> = {};
  for (const { verdict } of cycles) {
    counts[verdict] = (counts[verdict] ?? 0) + 1;
  }
  return counts;
}

function sumOf(
  time: number,
  parts: readonly Pick<Losses, "tries" | "lost">[],
): Losses {
  let tries = 0;
  let lost = 0;
  for (const part of parts) {
    tries += part.tries;
    lost += part.lost;
  }
  return { time, tries, lost };
}

function roundTripsOf(
  time: number,
  cycles: readonly Cycle[],
): RoundTrips | null {
  return quantilesOf(time, cycles.map(({ rtt }) => rtt));
}

function quantilesOf(
  time: number,
  values: readonly (number | null)[],
): RoundTrips | null {
  const all = new Float64Array(values.length);
  let count = 0;
  for (const value of values) if (value !== null) all[count++] = value;
  if (count === 0) return null;
  const sorted = all.subarray(0, count).sort();
  return {
    time,
    count,
    median: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
  };
}

function overTime(
  cycles: readonly Cycle[],
  length: number,
): Series<RoundTrips> {
  const each = length / Math.max(1, cycles.length);
  const width = niceWidth(
    Math.max(length / mostWhiles, fewestRoundTrips * each),
  );
  const values = byTime(cycles, width, roundTripsOf)
    .filter((value) => value !== null);
  return { width, values };
}

/** Sums up what is in the order of time, so many ms at a time, counted from 1970 on. */
function byTime<T extends { readonly time: number }, S>(
  all: readonly T[],
  width: number,
  sum: (time: number, part: readonly T[]) => S,
): S[] {
  const sums: S[] = [];
  for (let start = 0; start < all.length;) {
    const time = Math.floor(all[start]!.time / width) * width;
    let end = start + 1;
    while (end < all.length && all[end]!.time < time + width) end++;
    sums.push(sum(time, all.slice(start, end)));
    start = end;
  }
  return sums;
}
