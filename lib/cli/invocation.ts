/**
 * What a command is called with, and how it gets settings from that.
 *
 * @module
 */
import { type Layer, resolve, type Resolved } from "../config/layers.ts";
import { quote } from "../config/quote.ts";
import type { Request } from "../config/load.ts";
import type { Purpose } from "../config/session.ts";
import type { Mistake } from "../errors.ts";
import type { ExitCode } from "../exit_code.ts";
import type { KeepingRequest } from "../run/settings_reader.ts";
import type { World } from "../world.ts";
import type { Arguments, Grammar, Switch } from "./arguments.ts";
import type { SettingsTable } from "../setting.ts";

/** A command. */
export interface Command extends Grammar {
  /** What users type. */
  readonly name: string;
  /** Flags that may stand in its place; absent if there are none. */
  readonly aliases?: readonly string[];
  /** Whether it is left out where commands are listed, as its aliases are better known. */
  readonly isUnlisted?: true;
  /** What follows the name and the flags, as help shows it; absent if nothing may. */
  readonly operands?: string;
  /** What the first operand may be; absent if that is not known beforehand. */
  readonly operandWords?: readonly string[];
  /** Whether it has failed unless all of its output could be written. */
  readonly isOutputResult?: true;
  /** One line for people. */
  readonly summary: string;
  /** What else there is to say, in lines of at most 78 characters. */
  readonly details?: string;
  /** Does it, and resolves to the code that the process is to end with. Rejects with a `LifesignError` for a user's mistakes. */
  run(args: Arguments, world: World): Promise<ExitCode>;
}

/** What every command has. */
export const helpSwitch: Switch = {
  flag: "--help",
  short: "-h",
  help: "this text",
};

/** Results as JSON instead of text. */
export const jsonSwitch: Switch = {
  flag: "--json",
  help: "JSON instead of text",
};

/** No output unless there is something to tell. */
export const quietSwitch: Switch = {
  flag: "--quiet",
  short: "-q",
  help: "no output when the exit code is 0",
};

/** What is asked for when settings are loaded for a command. */
export function requestOf(args: Arguments, purpose: Purpose): Request {
  const { layer, incomplete, operands } = args;
  return { flags: layer, incomplete, names: operands, purpose };
}

/** The same for a command that keeps sessions alive. */
export function keepingRequest(args: Arguments): KeepingRequest {
  return { ...requestOf(args, "run"), mistakes: args.mistakes };
}

/** Reads the settings of a table from the command line alone. */
export function readFlags<T>(
  table: SettingsTable<T>,
  args: Arguments,
): Resolved<T> {
  return resolve(table, [only(table, args.layer)]);
}

/** What is wrong where only one of some switches may be. */
export function exclude(
  { switches }: Arguments,
  flags: readonly string[],
): Mistake[] {
  const rivals = flags.filter((flag) => switches.has(flag));
  if (rivals.length < 2) return [];
  const message = `${rivals.at(-1)}: Cannot choose between ${
    rivals.join(" and ")
  }: expected only one of them`;
  return [{ kind: "config", message }];
}

/** What is wrong with operands where none may be. */
export function refuseOperands({ operands }: Arguments): Mistake[] {
  return operands.map((operand) => ({
    kind: "usage",
    message: `lifesign: Cannot use ${quote(operand)}: expected only flags here`,
  }));
}

function only(table: object, layer: Layer): Layer {
  return Object.fromEntries(
    Object.entries(layer).filter(([name]) => name in table),
  );
}
