/**
 * Times for people, in the time zone of the machine.
 *
 * @module
 */

import { localTime } from "../words.ts";
import type { Zone } from "../world.ts";

/** The time zone of times that programs read. */
export const utc: Zone = { name: "UTC", offset: () => 0 };

/** Tells the time in a time zone; times in wall-clock ms. */
export interface Times {
  /** What people call the zone. */
  readonly zone: string;
  /** Date and time, as in `2026-11-21 14:02:11`. */
  format(time: number): string;
  /** When something was, behind a preposition of its own: `at 14:02:11`, with the date unless it is clear. */
  at(time: number): string;
  /** The same without a preposition, as a name for it. */
  name(time: number): string;
  /** Marks for an axis from one time to another: round times, at most so many. */
  marks(from: number, to: number, most: number): Mark[];
}

/** A mark on an axis of time. */
export interface Mark {
  /** Where, in wall-clock ms. */
  readonly time: number;
  /** What it says. */
  readonly label: string;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Spans of time that people can think in, in ms. */
export const roundSpans: readonly number[] = [
  ...[1, 5, 10, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  ...[1, 2, 7, 14, 28, 56, 91, 182, 365].map((n) => n * day),
];

/** Tells the time in a zone, of a period from one time to another: its date is clear if it is one day. */
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
