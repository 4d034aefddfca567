/**
 * Which command is meant.
 *
 * @module
 */
import { quote } from "../config/quote.ts";
import { type Arguments, parseArguments } from "./arguments.ts";
import { check } from "./check.ts";
import {
  type Command,
  findCommand,
  helpSwitch,
  refuseCommand,
} from "./invocation.ts";

/**
 * All commands. `check` is what cron starts every minute: its start does not
 * wait until V8 has read the rest of the program.
 */
async function loadCommands(): Promise<readonly Command[]> {
  const { commands } = await import("./commands.ts");
  return commands;
}

/** Finds the command, and reads what follows it. Rejects with a `LifesignError` if there is no such command. */
export async function parseCommandLine(
  args: readonly string[],
): Promise<{ command: Command; rest: Arguments }> {
  const [first, ...others] = args;
  if (first === undefined) {
    return refuseCommand(
      'Cannot guess what to do: expected a command, e.g. "lifesign check"; "lifesign help" lists them',
    );
  }
  const command = first === check.name
    ? check
    : find(first, await loadCommands());
  const switches = [...command.switches, helpSwitch];
  const rest = parseArguments(others, { ...command, switches });
  if (!rest.switches.has(helpSwitch.flag)) return { command, rest };
  return {
    command: find(helpSwitch.flag, await loadCommands()),
    rest: { ...rest, operands: [command.name], mistakes: [] },
  };
}

function find(word: string, commands: readonly Command[]): Command {
  const aliased = commands.find(({ aliases }) => aliases?.includes(word));
  if (aliased === undefined && word.startsWith("-")) {
    return refuseCommand(
      `Cannot use ${quote(word)} here: expected a command first, e.g. ${
        quote(`lifesign check ${word}`)
      }`,
    );
  }
  return aliased ?? findCommand(word, commands);
}
