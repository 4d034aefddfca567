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
  /** The name of the zone. */
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
    zone: zone.name,
    format,
    at(time) {
      const { date, clock } = partsOf(time);
      return isOneDay ? `at ${clock}` : `on ${date} at ${clock}`;
    },
    name: (time) => isOneDay ? partsOf(time).clock : format(time),
    marks(from, to, most) {
      const step = roundSpans.find((step) => (to - from) / step <= most) ??
        Math.ceil((to - from) / most / day) * day;
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
