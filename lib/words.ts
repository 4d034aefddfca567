/**
 * Numbers and times for people.
 *
 * @module
 */

/** A time in ms with one decimal, as a number. */
export function milliseconds(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/** A number and its noun. */
export function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** A share as `3.3 %`; `-` for none. */
export function formatShare(share: number | null): string {
  return share === null ? "-" : `${Math.round(share * 1000) / 10} %`;
}

/** Times in ms as `1.9/2/2.4 ms`; `-` without any. */
export function formatTimes(...times: readonly (number | null)[]): string {
  const known = times.filter((time) => time !== null);
  if (known.length < times.length) return "-";
  return `${known.map(milliseconds).join("/")} ms`;
}

const units = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
] as const;

/** How long something lasts, in ms, in the largest unit that it has one of: `12 s`, `3 h`, `2 d`. */
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
