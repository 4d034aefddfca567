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

/** Reads flags whose values are whole numbers from 1 on, absent ones as these say; throws an `Error` if there is anything else. */
export function readNumbers<const Name extends string>(
  args: readonly string[],
  defaults: Readonly<Record<Name, number>>,
): Readonly<Record<Name, number>> {
  const all = Object.entries<number>(defaults);
  const expected = all.map(([name, number]) => `--${name} ${number}`);
  const message = `Cannot read the arguments: expected only numbers, as in ${
    expected.join(" ")
  }`;
  const given = readFlags(args, all.map(([name]) => name), message);
  const numbers = all.map(([name, number]) => {
    const text = given[name] ?? `${number}`;
    if (!/^[1-9]\d{0,14}$/.test(text)) throw new Error(message);
    return [name, Number(text)];
  });
  return Object.fromEntries(numbers);
}
