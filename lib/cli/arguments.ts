/**
 * The command line: flags as the tables know them, and what is left over.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import type { Layer, SettingText } from "../config/layers.ts";
import { quote } from "../config/quote.ts";
import { didYouMean } from "../nearest.ts";
import { type Origin, placeOf } from "../config/origin.ts";
import { hasPassword } from "../config/target.ts";
import { flagOf } from "../config/settings.ts";
import type { Mistake } from "../errors.ts";
import { exampleOf, type Setting, type SettingsTable } from "../setting.ts";
import { inShell } from "../config/trust.ts";

/** A flag that takes no value and belongs to no setting, such as `--json`. */
export interface Switch {
  /** Its long name, with hyphens. */
  readonly flag: string;
  /** Its one-letter name, with the hyphen; absent if it has none. */
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
  /** Settings whose flags are there without a value. */
  readonly incomplete: ReadonlySet<string>;
  /** Words that are no flags, in their order. */
  readonly operands: readonly string[];
  /** Flags that are not known here; there is a mistake for each. */
  readonly unknown: ReadonlySet<string>;
  /** What is wrong. */
  readonly mistakes: readonly Mistake[];
}

/** A flag in all its spellings. */
interface Flag {
  /** With hyphens, the long one first. */
  readonly names: readonly string[];
  /** The setting that it sets; absent for a switch. */
  readonly setting?: string;
  /** The text that the setting gets; absent if the text follows the flag. */
  readonly text?: string;
}

/** Reads a command line; what is wrong with it is in `mistakes`. `hintAt` says more of a flag that is not known here, with a leading `; `. */
export function parseArguments(
  args: readonly string[],
  { settings, switches }: Grammar,
  hintAt: (flag: string) => string = () => "",
): Arguments {
  const flags: Flag[] = [
    ...switches.map(({ flag, short }) => ({ names: both(flag, short) })),
    ...Object.entries(settings).flatMap(([name, row]) => flagsOf(name, row)),
  ];
  const { written, words, found, incomplete, unknown, mistakes } = separate(
    args,
    flags,
    settings,
    hintAt,
  );
  // parseArgs gets only the flags that are there, since each takes time.
  const used = flags.filter((flag) => found.has(flag));
  const valued = used.filter(takesValue).map(idOf);
  const parsed = parseArgs(written, {
    string: valued,
    boolean: used.filter((flag) => !takesValue(flag)).map(idOf),
    collect: valued,
  }) as unknown as Readonly<Record<string, readonly string[]>>;

  const layer: Record<string, SettingText> = {};
  const present = new Set<string>();
  for (const flag of used) {
    const name = flag.names[0]!;
    const { setting, text } = flag;
    if (setting === undefined) {
      present.add(name);
      continue;
    }
    for (const given of text === undefined ? parsed[idOf(flag)]! : [text]) {
      set(setting, given, { type: "flag", name });
    }
  }
  const isTarget = (word: string) =>
    "target" in settings && word.includes("://");
  const operands = words.filter((word) => !isTarget(word));
  for (const text of words.filter(isTarget)) {
    set("target", text, { type: "operand" });
  }
  return { layer, switches: present, incomplete, operands, unknown, mistakes };

  function set(setting: string, text: string, origin: Origin): void {
    const isUrl = setting === "target" || setting === "also";
    if (isUrl && text.split(",").some(hasPassword)) {
      incomplete.add(setting);
      const message =
        `${placeOf(origin)}: Cannot take a password in a URL: others see it ` +
        "in the process list, expected it in a file, e.g. --headers-file FILE";
      return void mistakes.push({ kind: "usage", message });
    }
    const before = layer[setting];
    const { secret, repeatable } = settings[setting]!;
    if (before === undefined || before.text === text) {
      layer[setting] = { text, origin };
    } else if (repeatable) {
      layer[setting] = { text: `${before.text},${text}`, origin };
    } else {
      const [name, other] = [placeOf(origin), placeOf(before.origin)];
      const rivals = other === name
        ? secret ? "two values" : `${quote(before.text)} and ${quote(text)}`
        : `${other} and ${origin.type === "operand" ? quote(text) : name}`;
      const message =
        `${name}: Cannot choose between ${rivals}: expected only one of them`;
      mistakes.push({ kind: "config", message });
    }
  }
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

/** A command line, taken apart for parseArgs. */
interface Separated {
  /** The flags, each by its long name and with "=" before its value, so that parseArgs takes no value for a flag. */
  readonly written: string[];
  /** Words that are no flags. */
  readonly words: string[];
  /** The flags that are there. */
  readonly found: Set<Flag>;
  /** Settings whose flags are there without a value. */
  readonly incomplete: Set<string>;
  /** Flags that are not known. */
  readonly unknown: Set<string>;
  /** What is wrong with single flags that are. */
  readonly mistakes: Mistake[];
}

/** Separates flags from words. */
function separate(
  args: readonly string[],
  flags: readonly Flag[],
  settings: Grammar["settings"],
  hintAt: (flag: string) => string,
): Separated {
  const written: string[] = [];
  const words: string[] = [];
  const found = new Set<Flag>();
  const incomplete = new Set<string>();
  const mistakes: Mistake[] = [];
  const usage = (message: string) => mistakes.push({ kind: "usage", message });
  const unknown = new Set<string>();
  const end = args.indexOf("--");
  const before = end < 0 ? args : args.slice(0, end);
  for (let at = 0; at < before.length; at++) {
    const arg = before[at]!;
    if (!isFlag(arg)) words.push(arg);
    for (const word of isFlag(arg) ? letters(arg, flags) : []) {
      const [name, value] = split(word);
      const flag = flags.find(({ names }) => names.includes(name));
      if (flag !== undefined) found.add(flag);
      const next = value === undefined ? before[at + 1] : undefined;
      const hasNext = next !== undefined && !isFlag(next);
      if (flag === undefined) {
        if (!unknown.has(name)) usage(unknownFlag(name, flags, hintAt));
        unknown.add(name);
        // It was probably meant to be the value.
        if (hasNext && word.startsWith("--")) at++;
      } else if (!takesValue(flag)) {
        if (value !== undefined) {
          usage(`${name}: Cannot take a value: expected ${name} alone`);
        }
        written.push(`--${idOf(flag)}`);
      } else if (value !== undefined) {
        written.push(`--${idOf(flag)}=${value}`);
      } else if (hasNext) {
        written.push(`--${idOf(flag)}=${next}`);
        at++;
      } else {
        usage(missingValue(name, settings[flag.setting!]!, next));
        incomplete.add(flag.setting!);
        // A negative number was meant to be the value.
        if (next !== undefined && /^-\d/.test(next)) at++;
      }
    }
  }
  words.push(...args.slice(before.length + 1));
  return { written, words, found, incomplete, unknown, mistakes };
}

/** Whether a word is a flag; a lone hyphen stands for stdin. */
function isFlag(word: string): boolean {
  return /^-./.test(word);
}

/** Takes `-qt500ms` apart into `-q` and `-t=500ms`. A word with an unknown first letter stays as it is. */
function letters(arg: string, flags: readonly Flag[]): string[] {
  const name = arg.slice(0, 2);
  const rest = arg.slice(2).replace(/^=/, "");
  const flag = flags.find(({ names }) => names.includes(name));
  if (flag === undefined || rest === "") return [arg];
  if (takesValue(flag)) return [`${name}=${rest}`];
  return arg[2] === "=" ? [arg] : [name, ...letters(`-${rest}`, flags)];
}

function split(word: string): [name: string, value: string | undefined] {
  const at = word.indexOf("=");
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

function missingValue(
  flag: string,
  row: Setting<unknown>,
  next: string | undefined,
): string {
  const hint = next === undefined
    ? ""
    : `; a value that begins with "-" needs "=", e.g. ${flag}=-5`;
  return `${flag} needs a value, e.g. ${flag} ${
    inShell(exampleOf(row))
  }${hint}`;
}

function unknownFlag(
  name: string,
  flags: readonly Flag[],
  hintAt: (flag: string) => string,
): string {
  const names = flags.flatMap(({ names }) => names);
  const near = didYouMean(name, names.filter((name) => name.startsWith("--")));
  return `lifesign: Cannot use ${quote(name)}: there is no such flag here${
    near || hintAt(name)
  }`;
}
