/**
 * The figures of a session's history.
 *
 * @module
 */
import type { Verdict } from "../verdict.ts";
import type { Zone } from "../world.ts";
import {
  daysOf,
  type HeatMap,
  heatOf,
  hoursOf,
  type Slot,
  spread,
} from "./calendar.ts";
import {
  type Cycle,
  isCycle,
  type Login,
  type SessionRecords,
  type Watching,
} from "./records.ts";
import {
  type Durations,
  durations,
  longestInterval,
  type Period,
  type Shares,
  sharesOf,
  type Stretch,
  stretchesOf,
} from "./stretches.ts";
import { roundSpans } from "./times.ts";

/** A stretch of faults, or a death. */
export interface Outage extends Stretch {
  /** Its condition. */
  readonly condition: "fault" | "dead";
  /** The same, and whose a fault was. */
  readonly kind: "network" | "machine" | "dead";
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
  /** The shortest. */
  readonly least: number;
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

/** Tries of a time slot, and how long they took. */
export interface TimeSlot extends Losses {
  /** When its first cycle was, in wall-clock ms. */
  readonly first: number;
  /** When its last cycle was. */
  readonly last: number;
  /** The round trips; `null` if there were none. */
  readonly roundTrips: RoundTrips | null;
}

/** A held connection that was replaced. */
export interface Reconnect {
  /** When, in wall-clock ms. */
  readonly time: number;
  /** Why, in a few words. */
  readonly reason: string;
}

/** The figures of a day by the clock, as far as it is in the session's period. */
export interface DayFigures extends Slot, Shares {
  /** How long each kind of time lasted. */
  readonly durations: Durations;
  /** How many outages began on it. */
  readonly outages: number;
  /** Tries made and lost in cycles that were answered. */
  readonly answered: Losses;
  /** The round trips; `null` if there were none. */
  readonly roundTrips: RoundTrips | null;
}

/** The period of a report, and the zone of its days. */
export interface ZonedPeriod extends Period {
  /** The time zone. */
  readonly zone: Zone;
}

/** The figures of a session. Times are wall-clock ms, durations are ms. */
export interface SessionFigures extends Shares {
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
  /** How many outages there are of each kind. */
  readonly counts: Readonly<Record<Outage["kind"], number>>;
  /** The stretches in which nobody watched. */
  readonly gaps: readonly Stretch[];
  /** The logins, oldest first. */
  readonly logins: readonly Login[];
  /** The held connections that were replaced, oldest first. */
  readonly reconnects: readonly Reconnect[];
  /** How it was watched: at the begin, and whenever that had changed. */
  readonly watches: readonly Watching[];
  /** The longest time from a cycle to the next one. */
  readonly longestInterval: number;
  /** How long each kind of time lasted. */
  readonly durations: Durations;
  /** The number of cycles by verdict. */
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>;
  /** The number of cycles. */
  readonly cycles: number;
  /** Tries made and lost. */
  readonly losses: Losses;
  /** The share of tries that were lost; `null` if none was made. */
  readonly loss: number | null;
  /** Those of them in cycles that were answered: what was lost besides outages. */
  readonly answered: Losses;
  /** The share of those that were lost; `null` if none was made. */
  readonly answeredLoss: number | null;
  /** The round trips after Karn; `null` if there were none. */
  readonly roundTrips: RoundTrips | null;
  /** Times from the first try of a cycle to its answer; `null` if there were none. */
  readonly answers: RoundTrips | null;
  /** Round trips and losses over time. */
  readonly overTime: Series<TimeSlot>;
  /** Its days, oldest first. */
  readonly days: readonly DayFigures[];
  /** When in the day it happened. */
  readonly heat: HeatMap;
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
  { session, gateway, before, entries, logins, watches }: SessionRecords,
  period: ZonedPeriod,
): SessionFigures | null {
  const all = [...before, ...entries];
  const stretches = stretchesOf(all, period);
  const [first] = stretches;
  if (first === undefined) return null;
  const { from } = first;
  const { to } = stretches.at(-1)!;
  const cycles = entries.filter(isCycle);
  const sums = durations(stretches);
  const shares = sharesOf(sums);
  const outages = outagesOf(stretches);
  const hours = hoursOf({ from, to }, period.zone);
  const losses = sumOf(from, cycles);
  const answered = sumOf(from, cycles.filter(isAnswered));
  const parts = { stretches, outages, cycles };
  return {
    session,
    gateway,
    from,
    to,
    stretches,
    outages,
    counts: countKinds(outages),
    gaps: stretches.filter(({ condition }) => condition === "unwatched"),
    logins,
    reconnects: cycles.flatMap(({ time, reconnect: reason }) =>
      reason === null ? [] : [{ time, reason }]
    ),
    watches: changesOf(watches),
    longestInterval: longestInterval(all),
    durations: sums,
    ...shares,
    verdicts: countVerdicts(cycles),
    cycles: cycles.length,
    losses,
    loss: lossOf(losses),
    answered,
    answeredLoss: lossOf(answered),
    roundTrips: roundTripsOf(from, cycles),
    answers: quantilesOf(from, cycles.map(({ answer }) => answer)),
    overTime: overTime(cycles, shares),
    days: dayFigures(daysOf(hours), parts),
    heat: heatOf([stretches], hours),
  };
}

/** The smallest round width of at least `least` ms. */
export function niceWidth(least: number): number {
  return least > longestWidth
    ? Math.ceil(least / longestWidth) * longestWidth
    : roundSpans.find((width) => width >= least)!;
}

/** The share of tries that were lost; `null` if none was made. */
export function lossOf({ tries, lost }: Losses): number | null {
  return tries === 0 ? null : lost / tries;
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
    const { condition, kind } = stretch;
    if (condition === "alive") lastAlive = stretch.last;
    if (condition === "unwatched") lastAlive = null;
    if (condition === "alive" || condition === "unwatched") return [];
    if (kind === "alive" || kind === "unwatched") return [];
    const before = stretches[at - 1] ?? null;
    const after = stretches[at + 1] ?? null;
    previous = {
      ...stretch,
      condition,
      kind,
      before,
      after,
      previous,
      lastAlive,
    };
    return [previous];
  });
}

function countKinds(outages: readonly Outage[]): SessionFigures["counts"] {
  const counts = { network: 0, machine: 0, dead: 0 };
  for (const { kind } of outages) counts[kind]++;
  return counts;
}

/** Whether the peer proved that the session is alive or dead. */
function isAnswered({ verdict }: Cycle): boolean {
  return verdict === "alive" || verdict === "dead";
}

/** Leaves out what only repeats what was said before. */
function changesOf(watches: readonly Watching[]): Watching[] {
  let before = "";
  return watches.filter(({ watch }) => {
    const text = JSON.stringify(watch);
    const isNew = text !== before;
    before = text;
    return isNew;
  });
}

/** The days of a session that it has a part in. */
function dayFigures(
  days: readonly Slot[],
  { stretches, outages, cycles }: {
    readonly stretches: readonly Stretch[];
    readonly outages: readonly Outage[];
    readonly cycles: readonly Cycle[];
  },
): DayFigures[] {
  const sums = spread([stretches], days);
  let next = 0;
  return days.map((day, at) => {
    const start = next;
    while (next < cycles.length && cycles[next]!.time < day.to) next++;
    const own = cycles.slice(start, next);
    return {
      ...day,
      ...sharesOf(sums[at]!),
      durations: sums[at]!,
      outages: outages.filter(({ from }) => from >= day.from && from < day.to)
        .length,
      answered: sumOf(day.from, own.filter(isAnswered)),
      roundTrips: roundTripsOf(day.from, own),
    };
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
    least: sorted[0]!,
    median: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
  };
}

function overTime(
  cycles: readonly Cycle[],
  { length, watched }: Shares,
): Series<TimeSlot> {
  const each = watched / Math.max(1, cycles.length);
  const width = niceWidth(
    Math.max(length / mostSlots, fewestRoundTrips * each),
  );
  const values = byTime(cycles, width, (time, part) => ({
    ...sumOf(time, part),
    first: part[0]!.time,
    last: part.at(-1)!.time,
    roundTrips: roundTripsOf(time, part),
  }));
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
