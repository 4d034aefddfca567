/**
 * Numbers and times for people.
 *
 * @module
 */
import type { Zone } from "./world.ts";

/** A time in ms with one decimal, as a number. */
export function milliseconds(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/** A number and its noun: `1 try`, `2 tries`, `12,345 tries`. */
export function plural(count: number, one: string, many: string): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** A place in a row: `1st`, `2nd`, `3rd`, `4th`, `11th`. */
export function ordinal(place: number): string {
  const isTeen = Math.floor(place / 10) % 10 === 1;
  const ending = isTeen ? "th" : ["th", "st", "nd", "rd"][place % 10] ?? "th";
  return `${grouped(place)}${ending}`;
}

/** A whole number with commas between thousands. */
export function grouped(count: number): string {
  return `${count}`.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Whether to write something as exactly as people want it, or in short for lines with little room. */
export type Length = "full" | "short";

/** A share as `99.98 %`, `–` for none; in short as `99.9 %` and `-`. Only nothing is `0 %`, and only all is `100 %`. */
export function percent(share: number | null, length: Length = "full"): string {
  const isShort = length === "short";
  if (share === null) return isShort ? "-" : "–";
  const perUnit = isShort ? 1_000 : 10_000;
  if (share > 0 && share * perUnit < 1) return `< ${100 / perUnit} %`;
  // Floating-point numbers may be a little too small.
  const units = Math.floor(share * perUnit + 1e-6);
  return `${units / (perUnit / 100)} %`;
}

/** Shares in short as `0/3.3 %`; `-` without any. */
export function percents(...shares: readonly (number | null)[]): string {
  if (shares.every((share) => share === null)) return "-";
  const texts = shares.map((share) => percent(share, "short"));
  return `${texts.map((text) => text.replace(" %", "")).join("/")} %`;
}

/** A round trip in ms, as `0.4 ms`, `12 ms` or `1.2 s`; `–` for none. */
export function roundTrip(ms: number | null): string {
  if (ms === null) return "–";
  if (ms < 9.95) return `${milliseconds(ms)} ms`;
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`;
}

/** Times in ms as `1.9/2/2.4 ms`; `-` without any. */
export function formatTimes(...times: readonly (number | null)[]): string {
  const known = times.filter((time) => time !== null);
  if (known.length < times.length) return "-";
  return `${known.map(milliseconds).join("/")} ms`;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const units = [["d", day], ["h", hour], ["min", minute], [
  "s",
  second,
]] as const;

/** How long something lasts, in ms: `< 0.1 s`, `0.4 s`, `45 s`, `9 min 5 s`, `14 min`, `2 h 5 min`, `3 d 4 h`. In short only the whole seconds, minutes, hours or days: `2 h`. */
export function span(ms: number, length: Length = "full"): string {
  const isShort = length === "short";
  if (!isShort && ms > 0 && ms < 50) return "< 0.1 s";
  if (!isShort && ms < 9_950) {
    return `${Math.max(0, milliseconds(ms / second))} s`;
  }
  const step = isShort || ms < 10 * minute - second / 2
    ? second
    : ms < day - minute / 2
    ? minute
    : hour;
  const rounded = Math.max(0, Math.round(ms / step) * step);
  const at = units.findIndex(([, size]) => rounded >= size);
  const [unit, size] = units.at(at)!;
  const [smallerUnit, smallerSize] = units[at + 1] ?? [];
  const rest = rounded % size;
  const whole = `${Math.floor(rounded / size)} ${unit}`;
  return isShort || rest === 0 || smallerSize === undefined
    ? whole
    : `${whole} ${rest / smallerSize} ${smallerUnit}`;
}

/** How long ago an RFC 3339 time was at a wall-clock time in ms: `12 s ago`; `null` for none. */
export function ago(time: string | null, now: number): string | null {
  return time === null ? null : `${span(now - Date.parse(time), "short")} ago`;
}

/** When an RFC 3339 time will be: `in 12 s`, `now` if it has come, `none` if there is none. */
export function until(time: string | null, now: number): string {
  if (time === null) return "none";
  const left = Date.parse(time) - now;
  return left <= 0 ? "now" : `in ${span(left, "short")}`;
}

/** The date and the time of day of a wall-clock time in ms, in a time zone. */
export function localTime(
  time: number,
  zone: Zone,
): { readonly date: string; readonly clock: string } {
  const text = new Date(time + zone.offset(time)).toISOString();
  const [date = "", clock = ""] = text.split(/[T.]/);
  return { date, clock };
}
