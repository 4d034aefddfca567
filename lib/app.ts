/**
 * The whole program on one screen: arguments, command, exit code.
 *
 * @module
 */
import { parseCommandLine } from "./cli/command_line.ts";
import { LifesignError } from "./errors.ts";
import {
  type ExitCode,
  exitCodeOfMistakes,
  type PluginCode,
} from "./exit_code.ts";
import { visible } from "./visible.ts";
import type { Signal, World } from "./world.ts";

export { variables } from "./cli/command_line.ts";

/**
 * The signals that must not end a command that goes on until somebody stops it:
 * they wait until it listens for them.
 */
export function heldSignals(
  [command]: readonly string[],
): readonly Signal[] {
  return command === "run" || command === "watch"
    ? ["SIGHUP", "SIGUSR1", "SIGUSR2"]
    : [];
}

/**
 * Runs the command line. Resolves to the exit code. Mistakes of the user go to
 * stderr; any other error is a bug and is passed on.
 */
export async function app(
  args: readonly string[],
  world: World,
): Promise<ExitCode | PluginCode> {
  try {
    const { command, rest } = await parseCommandLine(args);
    const code = await command.run(rest, world);
    if (!command.isOutputResult || await world.terminal.isWhole()) return code;
    // The reason is on stderr.
    return exitCodeOfMistakes(["cantcreat"]);
  } catch (error) {
    if (!(error instanceof LifesignError)) throw error;
    for (const { message } of error.mistakes) {
      world.terminal.writeError(`${visible(message)}\n`);
    }
    return exitCodeOfMistakes(error.mistakes.map(({ kind }) => kind));
  }
}
