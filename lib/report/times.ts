/**
 * Formats times for people, in a time zone.
 *
 * @module
 */

import { localTime } from "../words.ts";
import type { Zone } from "../world.ts";

/** The time zone of output for programs. */
export const utc: Zone = { name: "UTC", offset: () => 0 };

/** Formats times in a time zone. Times are wall-clock ms. */
export interface Times {
  /** The zone, as in `Europe/Berlin, UTC+01:00`; both offsets if the clocks change. */
  readonly zone: string;
  /** Date and time, as in `2026-11-21 14:02:11`. */
  format(time: number): string;
  /** The time with a preposition: `at 14:02:11`, or with the date unless it is clear. */
  at(time: number): string;
  /** The same without a preposition. */
  name(time: number): string;
  /** At most `most` marks at round times, for an axis. */
  marks(from: number, to: number, most: number): Mark[];
}

/** A mark on a time axis. */
export interface Mark {
  /** Its time, in wall-clock ms. */
  readonly time: number;
  /** Its text. */
  readonly label: string;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Round lengths of time, in ms. */
export const roundSpans: readonly number[] = [
  ...[1, 5, 10, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  ...[1, 2, 7, 14, 28, 56, 91, 182, 365].map((n) => n * day),
];

/** How far a zone is ahead of UTC in a period, as in `UTC+01:00`. */
function offsetsOf(
  zone: Zone,
  { from, to }: { readonly from: number; readonly to: number },
): string[] {
  const offsets = new Set<number>();
  for (let time = from; time < to; time += 7 * day) {
    offsets.add(zone.offset(time));
  }
  offsets.add(zone.offset(to));
  return [...offsets].map((ms) => {
    const minutes = Math.abs(ms) / minute;
    const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
    const two = (count: number) => `${count}`.padStart(2, "0");
    return `UTC${ms < 0 ? "-" : "+"}${two(hours)}:${two(rest)}`;
  });
}

/** The begin of a month in a zone, the months counted from the year 0. */
function monthAt(month: number, zone: Zone): number {
  const utc = Date.UTC(Math.floor(month / 12), month % 12);
  return utc - zone.offset(utc - zone.offset(utc));
}

/** Marks the months of a period, or some of them. */
function monthMarks(
  zone: Zone,
  { from, to, most }: {
    readonly from: number;
    readonly to: number;
    readonly most: number;
  },
): Mark[] {
  const month = (time: number) => {
    const local = new Date(time + zone.offset(time));
    return 12 * local.getUTCFullYear() + local.getUTCMonth();
  };
  const [first, last] = [month(from), month(to)];
  const step = [1, 2, 3, 6].find((step) => (last - first) / step <= most) ??
    12 * Math.ceil((last - first) / 12 / most);
  const marks: Mark[] = [];
  for (let at = Math.ceil(first / step) * step; at <= last; at += step) {
    const time = monthAt(at, zone);
    if (time < from) continue;
    const { date } = localTime(time, zone);
    marks.push({
      time,
      label: step < 12 ? date.slice(0, -3) : date.slice(0, -6),
    });
  }
  return marks;
}

/** Formats times of a period. The date is clear if the period is within one day. */
export function createTimes(
  zone: Zone,
  period: { readonly from: number; readonly to: number },
): Times {
  const partsOf = (time: number) => localTime(time, zone);

  const isOneDay = partsOf(period.from).date === partsOf(period.to).date;

  function label(time: number, step: number): string {
    const { date, clock } = partsOf(time);
    if (step >= day) return date.slice(5);
    const text = step < minute ? clock : clock.slice(0, 5);
    return text === "00:00" && !isOneDay ? date.slice(5) : text;
  }

  const format = (time: number) => {
    const { date, clock } = partsOf(time);
    return `${date} ${clock}`;
  };
  return {
    zone: `${zone.name}, ${offsetsOf(zone, period).join(" and ")}`,
    format,
    at(time) {
      const { date, clock } = partsOf(time);
      return isOneDay ? `at ${clock}` : `on ${date} at ${clock}`;
    },
    name: (time) => isOneDay ? partsOf(time).clock : format(time),
    marks(from, to, most) {
      const step = roundSpans.find((step) => (to - from) / step <= most);
      if (step === undefined || step > 14 * day) {
        return monthMarks(zone, { from, to, most });
      }
      const ahead = zone.offset(from);
      const marks: Mark[] = [];
      let local = Math.ceil((from + ahead) / step) * step;
      for (; local - ahead <= to; local += step) {
        // Where the clock was changed since, the mark goes with it.
        const time = local - zone.offset(local - ahead);
        if (time >= from && time <= to) {
          marks.push({ time, label: label(time, step) });
        }
      }
      return marks;
    },
  };
}
