/**
 * Checks tables of sources against the plugin.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import plugin from "./boundaries.ts";

/** A file, what it holds, and what each report about that says, as in `imports: Cannot import "@std/x"`. */
export type Row = readonly [
  file: string,
  source: string,
  ...expected: string[],
];

/** What the plugin reports: the rule, and the message up to its reason. */
function reports(file: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, file, source).map(({ id, message }) =>
    `${id.replace("lifesign/", "")}: ${message.replace(/: .*/s, "")}`
  );
}

/** Runs the plugin on all rows, and shows the one that fails. */
export function checkRows(rows: readonly Row[]): void {
  for (const [file, source, ...expected] of rows) {
    assertEquals(reports(file, source), expected, `${file}: ${source}`);
  }
}
