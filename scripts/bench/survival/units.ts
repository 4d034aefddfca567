/**
 * Formats figures for people.
 *
 * @module
 */

/** Formats a share from 0 to 1 in percent. 0.0 means none, and 100.0 means all. */
export function percent(share: number): string {
  if (share > 0 && share < 0.0005) return "< 0.1 %";
  if (share < 1 && share >= 0.9995) return "> 99.9 %";
  return `${(share * 100).toFixed(1)} %`;
}

/** Formats a time in ms in seconds. */
export function seconds(ms: number): string {
  return ms === Infinity ? "never" : `${(ms / 1000).toFixed(1)} s`;
}
