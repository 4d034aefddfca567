/**
 * Text of unknown origin in messages.
 *
 * @module
 */

import { visible } from "../visible.ts";

/** Matches a control character other than the tab; no setting may hold one. */
// deno-lint-ignore no-control-regex
export const control: RegExp = /[\x00-\x08\x0a-\x1f\x7f-\x9f]/;

/** Masks a UID: only the last two of six or more digits are shown. */
export function mask(uid: string): string {
  const digits = uid.replace(/\D/g, "");
  return `***${digits.length >= 6 ? digits.slice(-2) : ""}`;
}

/** Masks the numbers of a text that should be a UID; -2 is none and is shown. */
export function maskNumbers(text: string): string {
  return text === "-2" ? text : text.replace(/\d+/g, mask);
}

/** Quotes text for a message: on one line, shortened, and safe for a terminal. */
export function quote(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return JSON.stringify(short).replace(
    /[\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Quotes text only if it is empty, very long or unsafe for a terminal. */
export function show(text: string): string {
  if (text === "" || text.length > 200) return quote(text);
  return visible(text) === text ? text : quote(text);
}
