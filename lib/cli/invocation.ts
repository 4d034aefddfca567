/**
 * What a command is, how it is found, and what most commands do first.
 *
 * @module
 */
import { quote } from "../config/quote.ts";
import { didYouMean } from "../nearest.ts";
import type { Purpose } from "../config/session.ts";
import { LifesignError, type Mistake } from "../errors.ts";
import type { ExitCode, PluginCode } from "../exit_code.ts";
import type { KeepingRequest } from "../run/settings_reader.ts";
import type { World } from "../world.ts";
import type { Arguments, Grammar, Switch } from "./arguments.ts";

/** A command. */
export interface Command extends Grammar {
  /** What users type. */
  readonly name: string;
  /** Flags that may stand in its place; absent if there are none. */
  readonly aliases?: readonly string[];
  /** Whether lists of commands leave it out, since its aliases are better known. */
  readonly isUnlisted?: true;
  /** What may follow the flags, as help shows it; absent if nothing may. */
  readonly operands?: string;
  /** What the first operand may be; absent if that depends on the user. */
  readonly operandWords?: readonly string[];
  /** Whether it fails if not all of its output can be written. */
  readonly isOutputResult?: true;
  /** One line for people. */
  readonly summary: string;
  /** More about it, in lines of at most 78 characters; absent if there is no more. */
  readonly details?: string;
  /** Runs it. Resolves to the exit code; rejects with a `LifesignError` for mistakes of the user. */
  run(args: Arguments, world: World): Promise<ExitCode | PluginCode>;
}

/** The commands that help lists. */
export function listed(commands: readonly Command[]): Command[] {
  return commands.filter(({ isUnlisted }) => !isUnlisted);
}

/** A mistake on the command line that belongs to no flag. */
export function usage(message: string): Mistake {
  return { kind: "usage", message: `lifesign: ${message}` };
}

/** What every command has. */
export const helpSwitch: Switch = {
  flag: "--help",
  short: "-h",
  help: "help: -h is short, --help is all",
};

/** The flag for the short help. */
export const shortHelp = "-h";

/** Results as JSON instead of text. */
export const jsonSwitch: Switch = {
  flag: "--json",
  help: "JSON instead of text",
};

/** No output when all is well. */
export const quietSwitch: Switch = {
  flag: "--quiet",
  short: "-q",
  help: "no output when the exit code is 0",
};

/** Names of portals' users as they are. */
export const revealSwitch: Switch = {
  flag: "--reveal",
  help: "with --json: a portal's user in full",
};

/** The settings to load for a command. */
export function requestOf(args: Arguments, purpose: Purpose): KeepingRequest {
  const { layer, incomplete, operands, mistakes } = args;
  return { flags: layer, incomplete, names: operands, purpose, mistakes };
}

/** What is wrong if more than one of these switches is there. */
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

/** What is wrong if operands are there, for a command that takes none. */
export function refuseOperands({ operands }: Arguments): Mistake[] {
  return operands.map((operand) =>
    usage(`Cannot use ${quote(operand)}: expected only flags here`)
  );
}

/** Finds a command by its name. Throws a `LifesignError` if there is none. `others` are more words to suggest. */
export function findCommand(
  name: string,
  commands: readonly Command[],
  others: readonly string[] = [],
): Command {
  const command = commands.find((command) => command.name === name);
  if (command !== undefined) return command;
  const names = [...commands.map(({ name }) => name), ...others];
  return refuseCommand(
    `Cannot find a command ${quote(name)}: "lifesign help" lists them${
      didYouMean(name, names)
    }`,
  );
}

/** Throws a `LifesignError`, since no command was found. */
export function refuseCommand(message: string): never {
  throw new LifesignError([usage(message)]);
}
