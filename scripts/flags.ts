/**
 * Reads the flags of a script.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";

/** Reads flags with their values; throws an `Error` with the message if there is anything else. */
export function readFlags(
  args: readonly string[],
  names: readonly string[],
  message: string,
): Readonly<Record<string, string | undefined>> {
  const { _: words, ...flags } = parseArgs([...args], { string: names });
  const isKnown = Object.keys(flags).every((flag) => names.includes(flag));
  if (words.length > 0 || !isKnown) throw new Error(message);
  return flags as Record<string, string>;
}
