/**
 * Checks tables of sources against the plugin.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import plugin from "./boundaries.ts";

/** A file name, a source, and its expected reports, such as `imports: Cannot import "@std/x"`. */
export type Row = readonly [
  file: string,
  source: string,
  ...expected: string[],
];

/** The reports of the plugin: the rule, and the message without its reason. */
function reports(file: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, file, source).map(({ id, message }) =>
    `${id.replace("lifesign/", "")}: ${message.replace(/: .*/s, "")}`
  );
}

/** Runs the plugin on all rows. An error names the row. */
export function checkRows(rows: readonly Row[]): void {
  for (const [file, source, ...expected] of rows) {
    assertEquals(reports(file, source), expected, `${file}: ${source}`);
  }
}
