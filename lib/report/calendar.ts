/**
 * Days and hours of a time zone, and what they were like.
 *
 * @module
 */
import { localTime } from "../words.ts";
import type { Zone } from "../world.ts";
import { type Durations, noTime, type Stretch } from "./stretches.ts";

/** An hour or a day by the clock, as far as it is in the period. Times are wall-clock ms. */
export interface Slot {
  /** Its day, as in `2026-11-21`. */
  readonly date: string;
  /** The hour by the clock in which it begins, 0 to 23. */
  readonly hour: number;
  /** Its begin. */
  readonly from: number;
  /** Its end. */
  readonly to: number;
}

/** The hours of some days. */
export interface HeatRow {
  /** The first of the days. */
  readonly date: string;
  /** What the hours from 0 to 23 were like; `null` where there was none in the period. */
  readonly hours: readonly (Durations | null)[];
}

/** When in the day it happened. */
export interface HeatMap {
  /** How many days share a row. */
  readonly daysPerRow: number;
  /** The rows, oldest first. */
  readonly rows: readonly HeatRow[];
}

const hourMs = 3_600_000;

/** How many rows a heat map has at most. */
const mostRows = 92;

/** The hours of a period, without gaps. An hour that the clock repeats is there twice. */
export function hoursOf(
  { from, to }: { readonly from: number; readonly to: number },
  zone: Zone,
): Slot[] {
  const slots: Slot[] = [];
  for (let start = from; start < to;) {
    const local = start + zone.offset(start);
    const end = Math.min(to, start + hourMs - modulo(local, hourMs));
    const { date, clock } = localTime(start, zone);
    const hour = Number(clock.slice(0, 2));
    slots.push({ date, hour, from: start, to: end });
    start = end;
  }
  return slots;
}

/** Puts the hours of each day together. */
export function daysOf(hours: readonly Slot[]): Slot[] {
  const days: Slot[] = [];
  for (const slot of hours) {
    const last = days.at(-1);
    if (last?.date !== slot.date) days.push(slot);
    else days[days.length - 1] = { ...last, to: slot.to };
  }
  return days;
}

/** What slots without gaps were like for some sessions, added up. The stretches of a session have no gaps. */
export function spread(
  all: readonly (readonly Stretch[])[],
  slots: readonly Slot[],
): Durations[] {
  const sums = slots.map(() => ({ ...noTime }));
  for (const stretches of all) {
    let at = 0;
    for (const { kind, from, to } of stretches) {
      while (at < slots.length && slots[at]!.to <= from) at++;
      for (let k = at; k < slots.length && slots[k]!.from < to; k++) {
        const slot = slots[k]!;
        sums[k]![kind] += Math.min(to, slot.to) - Math.max(from, slot.from);
      }
    }
  }
  return sums;
}

/** Adds up times. */
export function addUp(all: readonly Durations[]): Durations {
  return all.reduce((sum, some) => ({
    alive: sum.alive + some.alive,
    network: sum.network + some.network,
    machine: sum.machine + some.machine,
    dead: sum.dead + some.dead,
    unwatched: sum.unwatched + some.unwatched,
  }), noTime);
}

/** Puts the hours of some sessions into rows of days. */
export function heatOf(
  all: readonly (readonly Stretch[])[],
  hours: readonly Slot[],
): HeatMap {
  const sums = spread(all, hours);
  const dates = [...new Set(hours.map(({ date }) => date))];
  const daysPerRow = Math.max(1, Math.ceil(dates.length / mostRows));
  const rowOf = new Map(
    dates.map((date, at) => [date, Math.floor(at / daysPerRow)]),
  );
  const rows: { date: string; hours: (Durations | null)[] }[] = [];
  for (const [at, { date, hour }] of hours.entries()) {
    const number = rowOf.get(date)!;
    const row = rows[number] ??= {
      date,
      hours: Array.from({ length: 24 }, () => null),
    };
    row.hours[hour] = addUp([row.hours[hour] ?? noTime, sums[at]!]);
  }
  return { daysPerRow, rows };
}

function modulo(value: number, by: number): number {
  return (value % by + by) % by;
}
