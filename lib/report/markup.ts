/**
 * Text in HTML and SVG.
 *
 * @module
 */

import { visible } from "../visible.ts";

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text of unknown origin, safe between tags and in quoted attributes. What can't be seen, or would turn the text around it, is written as an escape. */
export function escape(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => entities[character]!);
}

/** A number as it is written in a path: with two decimals at most. */
export function coordinate(value: number): string {
  return `${Math.round(value * 100) / 100}`;
}
