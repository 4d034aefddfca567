/**
 * Which command is meant.
 *
 * @module
 */
import { quote } from "../config/quote.ts";
import { type Arguments, parseArguments } from "./arguments.ts";
import { commands } from "./commands.ts";
import { findCommand, refuseCommand } from "./find_command.ts";
import { helpName } from "./help.ts";
import { type Command, helpSwitch } from "./invocation.ts";

/** Finds the command, and reads what follows it. Throws a `LifesignError` if there is no such command. */
export function parseCommandLine(
  args: readonly string[],
): { command: Command; rest: Arguments } {
  const [first, ...others] = args;
  if (first === undefined) {
    return refuseCommand(
      'Cannot guess what to do: a command is wanted, "lifesign help" lists them',
    );
  }
  const aliased = commands.find(({ aliases }) => aliases?.includes(first));
  if (aliased === undefined && first.startsWith("-")) {
    return refuseCommand(
      `Cannot use ${quote(first)} here: a command is wanted first, as in ${
        quote(`lifesign check ${first}`)
      }`,
    );
  }
  const command = aliased ?? findCommand(first, commands);
  const switches = [...command.switches, helpSwitch];
  const rest = parseArguments(others, { ...command, switches });
  return rest.switches.has(helpSwitch.flag)
    ? {
      command: findCommand(helpName, commands),
      rest: { ...rest, operands: [command.name], mistakes: [] },
    }
    : { command, rest };
}
