/**
 * The figures of a session's history.
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

/** A stretch of faults, or a death. */
export interface Outage extends Stretch {
  /** Its condition. */
  readonly condition: "fault" | "dead";
  /** The stretch before it; `null` if that is not known. */
  readonly before: Stretch | null;
  /** The stretch after it; `null` if it goes on. */
  readonly after: Stretch | null;
  /** The outage before it; `null` for the first one. */
  readonly previous: Outage | null;
  /** When the session was last known to be alive before it, in wall-clock ms; `null` if unknown. */
  readonly lastAlive: number | null;
}

/** Round trips of a time slot, in ms. */
export interface RoundTrips {
  /** When the slot began, in wall-clock ms. */
  readonly time: number;
  /** The number of round trips. */
  readonly count: number;
  /** The median. */
  readonly median: number;
  /** The 95th percentile. */
  readonly p95: number;
}

/** Tries of a time slot. */
export interface Losses {
  /** When the slot began, in wall-clock ms. */
  readonly time: number;
  /** How many left this machine. */
  readonly tries: number;
  /** How many of them got no valid answer. */
  readonly lost: number;
}

/** The figures of a session. Times are wall-clock ms, durations are ms. */
export interface SessionFigures {
  /** Its name. */
  readonly session: string;
  /** Its gateway, or its target as a URL; `null` if that is not known. */
  readonly gateway: string | null;
  /** The begin of the period: the requested time, or the first cycle. */
  readonly from: number;
  /** The end of the period. */
  readonly to: number;
  /** The stretches of the period, without gaps between them. */
  readonly stretches: readonly Stretch[];
  /** The faults and deaths among them. */
  readonly outages: readonly Outage[];
  /** How many of the outages are deaths. */
  readonly deaths: number;
  /** How long each condition lasted. */
  readonly durations: Readonly<Record<Condition, number>>;
  /** The share of the watched time in which the last verdict was alive; `null` if nobody watched. */
  readonly availability: number | null;
  /** The number of cycles by verdict. */
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>;
  /** The number of cycles. */
  readonly cycles: number;
  /** Tries made and lost. */
  readonly losses: Losses;
  /** The share of tries that were lost; `null` if none was made. */
  readonly loss: number | null;
  /** The round trips after Karn; `null` if there were none. */
  readonly roundTrips: RoundTrips | null;
  /** Times from the first try of a cycle to its answer; `null` if there were none. */
  readonly answers: RoundTrips | null;
  /** The round trips over time. */
  readonly roundTripsOverTime: Series<RoundTrips>;
  /** The losses of each hour that had cycles. */
  readonly lossesByHour: readonly Losses[];
}

/** Values over time. */
export interface Series<T> {
  /** The length of a time slot, in ms. */
  readonly width: number;
  /** The values, oldest first. */
  readonly values: readonly T[];
}

const hour = 3_600_000;

/** The longest time slot in ms, unless a longer one is needed. */
const longestWidth = 28 * 24 * hour;

/** How many round trips a time slot has at least, on average. */
const fewestRoundTrips = 6;

/** How many time slots there are at most. */
const mostSlots = 240;

/** Computes the figures of a session; `null` if there is nothing in the period. */
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
  const outages = outagesOf(stretches);
  const losses = sumOf(first.from, cycles);
  return {
    session,
    gateway,
    from: first.from,
    to: stretches.at(-1)!.to,
    stretches,
    outages,
    deaths: outages.filter(({ condition }) => condition === "dead").length,
    durations: sums,
    availability: watched > 0 ? sums.alive / watched : null,
    verdicts: countVerdicts(cycles),
    cycles: cycles.length,
    losses,
    loss: losses.tries === 0 ? null : shareOf(losses),
    roundTrips: roundTripsOf(first.from, cycles),
    answers: quantilesOf(first.from, cycles.map(({ answer }) => answer)),
    roundTripsOverTime: overTime(cycles, length),
    lossesByHour: byTime(cycles, hour, sumOf),
  };
}

/** The smallest round width of at least `least` ms. */
export function niceWidth(least: number): number {
  return least > longestWidth
    ? Math.ceil(least / longestWidth) * longestWidth
    : roundSpans.find((width) => width >= least)!;
}

/** Adds up losses over time slots of `width` ms. */
export function sumLosses(
  losses: readonly Losses[],
  width: number,
): Losses[] {
  return byTime(losses, width, sumOf);
}

/** The share of tries that were lost; 0 if none was made. */
export function shareOf({ tries, lost }: Losses): number {
  return tries === 0 ? 0 : lost / tries;
}

/** The value at the nearest rank: the given share of the sorted values is not greater. `NaN` without values. */
export function quantile(
  sorted: Readonly<ArrayLike<number>>,
  share: number,
): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
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

function roundTripsOf(time: number, cycles: readonly Cycle[]) {
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
    Math.max(length / mostSlots, fewestRoundTrips * each),
  );
  const values = byTime(cycles, width, roundTripsOf)
    .filter((value) => value !== null);
  return { width, values };
}

/** Sums up entries in the order of time, over slots of `width` ms since 1970. */
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
