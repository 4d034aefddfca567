/**
 * Text of unknown origin in messages.
 *
 * @module
 */

import { visible } from "../visible.ts";

/** A control character but the tab: no setting may hold one. */
// deno-lint-ignore no-control-regex
export const control: RegExp = /[\x00-\x08\x0a-\x1f\x7f-\x9f]/;

/** A UID as others may see it: the last two digits of six or more, else nothing. */
export function mask(uid: string): string {
  const digits = uid.replace(/\D/g, "");
  return `***${digits.length >= 6 ? digits.slice(-2) : ""}`;
}

/** Text that was to be a UID: its numbers masked, but for -2, which is none. */
export function maskNumbers(text: string): string {
  return text === "-2" ? text : text.replace(/\d+/g, mask);
}

/** Quotes text for a message, so that it stays on one line and can't act on a terminal; of white space only the blank stays as it is. */
export function quote(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return JSON.stringify(short).replace(
    /[\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Text as it is, unless it is empty, very long or could act on a terminal. */
export function show(text: string): string {
  if (text === "" || text.length > 200) return quote(text);
  return visible(text) === text ? text : quote(text);
}
