/**
 * Writes text in HTML and SVG.
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

/** Escapes text for tags and quoted attributes. Invisible and bidirectional characters become visible escapes. */
export function escape(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => entities[character]!);
}

/** Formats a coordinate with at most two decimals. */
export function coordinate(value: number): string {
  return `${Math.round(value * 100) / 100}`;
}
