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

/** A whole number with commas between thousands. */
export function grouped(count: number): string {
  return `${count}`.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A share as `99.98 %`; never `100 %` or `0 %` of what is a little less or more, and `–` for none. */
export function percent(share: number | null): string {
  if (share === null) return "–";
  if (share > 0 && share < 0.0001) return "< 0.01 %";
  const hundredths = Math.floor(share * 10_000 + 1e-6);
  return `${hundredths / 100} %`;
}

/** A share in short, as `3.3 %`; `-` for none. */
export function formatShare(share: number | null): string {
  return share === null ? "-" : `${Math.round(share * 1000) / 10} %`;
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

/** How long something lasts, in ms, as people say it: `< 0.1 s`, `0.4 s`, `45 s`, `9 min 5 s`, `14 min`, `2 h 5 min`, `3 d 4 h`. */
export function span(ms: number): string {
  if (ms > 0 && ms < 50) return "< 0.1 s";
  if (ms < 9_950) return `${Math.max(0, Math.round(ms / 100) / 10)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 600) return pair(seconds, 60, "min", "s");
  const minutes = Math.round(ms / 60_000);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 1440) return pair(minutes, 60, "h", "min");
  return pair(Math.round(ms / 3_600_000), 24, "d", "h");
}

function pair(
  count: number,
  size: number,
  large: string,
  small: string,
): string {
  const remainder = count % size;
  const whole = `${Math.floor(count / size)} ${large}`;
  return remainder === 0 ? whole : `${whole} ${remainder} ${small}`;
}

const units = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
] as const;

/** How long something lasts in short, in ms, in the largest unit that it has one of: `12 s`, `3 h`, `2 d`. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [unit, size] = units.find(([, size]) => seconds >= size) ?? ["s", 1];
  return `${Math.floor(seconds / size)} ${unit}`;
}

/** How long ago an RFC 3339 time was at a wall-clock time in ms: `12 s ago`; `null` for none. */
export function ago(time: string | null, now: number): string | null {
  return time === null ? null : `${formatSpan(now - Date.parse(time))} ago`;
}

/** When an RFC 3339 time will be: `in 12 s`, `now` if it has come, `none` if there is none. */
export function until(time: string | null, now: number): string {
  if (time === null) return "none";
  const left = Date.parse(time) - now;
  return left <= 0 ? "now" : `in ${formatSpan(left)}`;
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
