/**
 * The command line: flags as the tables know them, and what is left over.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { type Layer, quote, type SettingText } from "../config/layers.ts";
import { didYouMean } from "../config/nearest.ts";
import {
  flagOf,
  type Setting,
  type SettingsTable,
} from "../config/settings.ts";
import type { Mistake } from "../errors.ts";

/** A flag that takes no value and belongs to no setting, such as `--json`. */
export interface Switch {
  /** Its long name, with hyphens. */
  readonly flag: string;
  /** Its one-letter name, with the hyphen. */
  readonly short?: string;
  /** One line for people. */
  readonly help: string;
}

/** What a command line may hold. */
export interface Grammar {
  /** Settings that have flags. */
  readonly settings: SettingsTable<Record<string, unknown>>;
  /** Other flags. */
  readonly switches: readonly Switch[];
}

/** What a command line holds. */
export interface Arguments {
  /** The settings' texts. */
  readonly layer: Layer;
  /** The long names of the switches that are there, with hyphens. */
  readonly switches: ReadonlySet<string>;
  /** Words that are no flags, in their order. */
  readonly operands: readonly string[];
  /** What is wrong. */
  readonly mistakes: readonly Mistake[];
}

/** A flag in all its spellings. */
interface Flag {
  /** With hyphens, the long one first. */
  readonly names: readonly string[];
  /** The setting that it sets; absent for a switch. */
  readonly setting?: string;
  /** What it sets it to; absent if a value follows. */
  readonly text?: string;
}

/** Reads a command line; whatever is wrong with it is in `mistakes`. */
export function parseArguments(
  args: readonly string[],
  { settings, switches }: Grammar,
): Arguments {
  const flags: Flag[] = [
    ...switches.map(({ flag, short }) => ({ names: both(flag, short) })),
    ...Object.entries(settings).flatMap(([name, row]) => flagsOf(name, row)),
  ];
  const mistakes: Mistake[] = [];
  const usage = (message: string) => mistakes.push({ kind: "usage", message });
  const valued = flags.filter(takesValue).map(idOf);
  const expanded = expand(args, flags, usage);
  const parsed = parseArgs(expanded, {
    string: [...valued, "_"],
    boolean: flags.filter((flag) => !takesValue(flag)).map(idOf),
    collect: valued,
    "--": true,
    unknown: (arg, key) => {
      if (key === undefined) return true;
      // What follows a flag whose value is missing was meant to be that value.
      const at = expanded.indexOf(arg);
      if (/^-\d/.test(arg) && isMissing(expanded[at - 1], valued)) return false;
      usage(unknownFlag(arg, flags));
      return false;
    },
  }) as unknown as Readonly<Record<string, readonly string[]>>;

  const layer: Record<string, SettingText> = {};
  const present = new Set<string>();
  for (const flag of flags) {
    const origin = flag.names[0]!;
    const { setting, text } = flag;
    const given = parsed[idOf(flag)];
    if (setting === undefined) {
      if (given) present.add(origin);
    } else if (text !== undefined) {
      if (given) set(setting, { text, origin });
    } else {
      for (const text of given ?? []) {
        if (text === "") usage(missingValue(origin, setting));
        else set(setting, { text, origin });
      }
    }
  }
  const operands = [...parsed["_"] ?? [], ...parsed["--"] ?? []];
  return { layer, switches: present, operands, mistakes };

  function set(setting: string, { text, origin }: SettingText): void {
    const before = layer[setting];
    if (before === undefined || before.text === text) {
      layer[setting] = { text, origin };
    } else if (settings[setting]!.repeatable) {
      layer[setting] = { text: `${before.text},${text}`, origin };
    } else {
      const rivals = before.origin === origin
        ? `${quote(before.text)} and ${quote(text)}`
        : `${before.origin} and ${origin}`;
      const message =
        `${origin}: Cannot choose between ${rivals}: one of them is wanted`;
      mistakes.push({ kind: "config", message });
    }
  }
}

/** All the spellings that exist for the flags of a grammar, for help and completion. */
export function spellings(setting: string, row: Setting<unknown>): string[] {
  return flagsOf(setting, row).flatMap(({ names }) => names.toReversed());
}

function flagsOf(setting: string, row: Setting<unknown>): Flag[] {
  const own = row.value === undefined
    ? []
    : [{ names: both(flagOf(setting), row.short), setting }];
  const switches = Object.entries(row.switches ?? {})
    .map(([name, text]) => ({ names: [name], setting, text }));
  return [...own, ...switches];
}

function both(long: string, short: string | undefined): string[] {
  return short === undefined ? [long] : [long, short];
}

function takesValue({ setting, text }: Flag): boolean {
  return setting !== undefined && text === undefined;
}

/** What parseArgs knows a flag by. */
function idOf({ names }: Flag): string {
  return names[0]!.replace(/^-+/, "");
}

/** Writes each flag by its long name, each switch with a value, so that parseArgs can't mistake anything for its value. */
function expand(
  args: readonly string[],
  flags: readonly Flag[],
  usage: (message: string) => void,
): string[] {
  const expanded: string[] = [];
  const end = args.indexOf("--");
  const words = end < 0 ? args : args.slice(0, end);
  for (let at = 0; at < words.length; at++) {
    const arg = words[at]!;
    for (const word of arg.startsWith("--") ? [arg] : letters(arg, flags)) {
      const [name, value] = split(word);
      const flag = flags.find(({ names }) => names.includes(name));
      if (flag === undefined) {
        expanded.push(word);
      } else if (takesValue(flag)) {
        const isStdin = value === undefined && words[at + 1] === "-";
        if (isStdin) at++;
        const suffix = isStdin ? "=-" : value === undefined ? "" : `=${value}`;
        expanded.push(`--${idOf(flag)}${suffix}`);
      } else {
        if (value !== undefined) {
          usage(`${name}: Cannot take a value: no "=${value}" is wanted`);
        }
        expanded.push(`--${idOf(flag)}=true`);
      }
    }
  }
  return [...expanded, ...args.slice(words.length)];
}

/** Takes `-qt500ms` apart into `-q` and `-t=500ms`; leaves alone what does not begin with a known letter. */
function letters(arg: string, flags: readonly Flag[]): string[] {
  const name = arg.slice(0, 2);
  const flag = flags.find(({ names }) => names.includes(name));
  const rest = arg.slice(2);
  if (flag === undefined || rest === "") return [arg];
  if (takesValue(flag)) return [`${name}=${rest.replace(/^=/, "")}`];
  if (rest.startsWith("=")) return [arg];
  return [name, ...letters(`-${rest}`, flags)];
}

function split(word: string): [name: string, value: string | undefined] {
  const at = word.indexOf("=");
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

function isMissing(word: string | undefined, valued: string[]): boolean {
  return word !== undefined && valued.includes(word.replace(/^--/, ""));
}

function missingValue(flag: string, setting: string): string {
  return `${flag}: Cannot set ${quote(setting)} without a value: ` +
    `${flag}=VALUE is wanted, with "=" if it begins with "-"`;
}

function unknownFlag(arg: string, flags: readonly Flag[]): string {
  const [name] = split(arg);
  const names = flags.flatMap(({ names }) => names);
  return `lifesign: Cannot use ${quote(name)}: there is no such flag here${
    didYouMean(name, names.filter((name) => name.startsWith("--")))
  }`;
}
