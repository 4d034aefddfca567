/**
 * Which command is meant.
 *
 * @module
 */
import { quote } from "../config/quote.ts";
import { didYouMean } from "../config/nearest.ts";
import { LifesignError } from "../errors.ts";
import { type Arguments, parseArguments } from "./arguments.ts";
import { check } from "./check.ts";
import { config } from "./config.ts";
import { demo } from "./demo.ts";
import { exitCodesCommand } from "./exit_codes.ts";
import { gateway } from "./gateway.ts";
import { commandHelp, programHelp } from "./help.ts";
import { type Command, refuse, refuseOperands } from "./invocation.ts";
import { run } from "./run.ts";
import { service } from "./service.ts";
import { status } from "./status.ts";
import { version } from "./version.ts";

/** Every command but `help`, in the order in which help lists them. */
const commands: readonly Command[] = [
  check,
  run,
  status,
  gateway,
  demo,
  config,
  exitCodesCommand,
  service,
];

const helpSwitch = { flag: "--help", short: "-h", help: "this text" };

const help: Command = {
  name: "help",
  operands: "[COMMAND]",
  summary: "what a command does, and its flags",
  settings: {},
  switches: [],
  // deno-lint-ignore require-await -- a command is asynchronous
  async run({ operands: [name, ...more], mistakes }, { terminal }) {
    const usage = more.map((word) => ({
      kind: "usage" as const,
      message: `lifesign: Cannot explain ${
        quote(word)
      }, too: one command is wanted`,
    }));
    refuse([...mistakes, ...usage]);
    terminal.write(
      name === undefined || name === help.name
        ? programHelp([...commands, help])
        : commandHelp(find(name)),
    );
    return 0;
  },
};

const versionCommand: Command = {
  name: "version",
  summary: "which lifesign this is",
  settings: {},
  switches: [],
  // deno-lint-ignore require-await -- a command is asynchronous
  async run(args, { terminal }) {
    refuse([...args.mistakes, ...refuseOperands(args)]);
    terminal.write(`lifesign ${version}\n`);
    return 0;
  },
};

/** What may stand for a command. */
const aliases: Readonly<Record<string, string>> = {
  "-h": help.name,
  "--help": help.name,
  "-V": versionCommand.name,
  "--version": versionCommand.name,
};

/** Finds the command, and reads what follows it. Throws a `LifesignError` if there is no such command. */
export function parseCommandLine(
  args: readonly string[],
): { command: Command; rest: Arguments } {
  const [first, ...others] = args;
  if (first === undefined) {
    throw usage(
      'Cannot guess what to do: a command is wanted, "lifesign help" lists them',
    );
  }
  const name = Object.hasOwn(aliases, first) ? aliases[first]! : first;
  if (name.startsWith("-")) {
    throw usage(
      `Cannot use ${quote(name)} here: a command is wanted first, as in ${
        quote(`lifesign check ${name}`)
      }`,
    );
  }
  const command = find(name);
  const switches = [...command.switches, helpSwitch];
  const rest = parseArguments(others, { ...command, switches });
  return rest.switches.has(helpSwitch.flag)
    ? { command: help, rest: { ...rest, operands: [name], mistakes: [] } }
    : { command, rest };
}

function find(name: string): Command {
  const all = [...commands, help, versionCommand];
  const command = all.find((command) => command.name === name);
  if (command !== undefined) return command;
  const names = all.map(({ name }) => name);
  throw usage(
    `Cannot find a command ${quote(name)}: "lifesign help" lists them${
      didYouMean(name, names)
    }`,
  );
}

function usage(message: string): LifesignError {
  return new LifesignError([{
    kind: "usage",
    message: `lifesign: ${message}`,
  }]);
}
