/**
 * The whole story on one screen: arguments, command, exit code.
 *
 * @module
 */
import { parseCommandLine } from "./cli/command_line.ts";
import { LifesignError } from "./errors.ts";
import { type ExitCode, exitCodeOfMistakes } from "./exit_code.ts";
import { visible } from "./visible.ts";
import type { World } from "./world.ts";

/**
 * Does what the command line says, and resolves to the code that the process
 * is to end with. What a user did wrong is told on stderr; anything else that
 * is thrown is a bug, and passed on.
 */
export async function app(
  args: readonly string[],
  world: World,
): Promise<ExitCode> {
  try {
    const { command, rest } = await parseCommandLine(args);
    const code = await command.run(rest, world);
    if (!command.isOutputResult || await world.terminal.isWhole()) return code;
    // Why is on stderr.
    return exitCodeOfMistakes(["cantcreat"]);
  } catch (error) {
    if (!(error instanceof LifesignError)) throw error;
    for (const { message } of error.mistakes) {
      world.terminal.writeError(`${visible(message)}\n`);
    }
    return exitCodeOfMistakes(error.mistakes.map(({ kind }) => kind));
  }
}
