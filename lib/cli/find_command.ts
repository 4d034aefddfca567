/**
 * The command that a word names.
 *
 * @module
 */
import { didYouMean } from "../nearest.ts";
import { quote } from "../config/quote.ts";
import { LifesignError } from "../errors.ts";
import type { Command } from "./invocation.ts";

/** Finds a command by its name. Throws a `LifesignError` if there is none; what else the name could have been meant for is in `others`. */
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

/** Throws a `LifesignError` because no command is meant. */
export function refuseCommand(message: string): never {
  throw new LifesignError([{ kind: "usage", message: `lifesign: ${message}` }]);
}
