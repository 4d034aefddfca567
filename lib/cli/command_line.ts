/**
 * Which command is meant.
 *
 * @module
 */
import { quote } from "../config/quote.ts";
import { type Arguments, parseArguments } from "./arguments.ts";
import { nearest } from "../nearest.ts";
import { check } from "./check.ts";
import {
  type Command,
  findCommand,
  helpSwitch,
  refuseCommand,
  shortHelp,
} from "./invocation.ts";

/** The environment variables that stand for flags. */
export { variables } from "../config/settings.ts";

/**
 * The commands that scripts and services start, by their names. `check` is what
 * cron starts every minute: its start does not wait until the runtime has read
 * the rest of the program. The others are loaded without each other.
 */
const alone = new Map<string, () => Command | Promise<Command>>([
  [check.name, () => check],
  ["run", async () => (await import("./run.ts")).run],
  ["status", async () => (await import("./status.ts")).status],
  ["config", async () => (await import("./config.ts")).config],
  [
    "exit-codes",
    async () => (await import("./exit_codes.ts")).exitCodesCommand,
  ],
]);

/** All commands. */
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
    const { withoutCommand } = await import("./help.ts");
    const command = withoutCommand(await loadCommands());
    return { command, rest: parseArguments([], command) };
  }
  const command = await alone.get(first)?.() ??
    find(first, await loadCommands());
  const asks = [helpSwitch.flag, shortHelp].map((flag) => ({ flag, help: "" }));
  const switches = [...command.switches, ...asks];
  const grammar = { ...command, switches };
  let rest = parseArguments(others, grammar);
  if (rest.unknown.size > 0) {
    const commands = await loadCommands();
    const { flagsOf } = await import("./flags.ts");
    rest = parseArguments(others, grammar, (flag) => {
      const owner = commands.find((command) =>
        flagsOf(command).some(({ names, setting }) =>
          setting !== undefined && names.includes(flag)
        )
      );
      return owner === undefined
        ? ""
        : `; "lifesign ${owner.name} ${flag}" has it`;
    });
  }
  if (first === shortHelp) {
    return { command, rest: { ...rest, switches: new Set([shortHelp]) } };
  }
  if (!asks.some(({ flag }) => rest.switches.has(flag))) {
    return { command, rest };
  }
  return {
    command: find(helpSwitch.flag, await loadCommands()),
    rest: { ...rest, operands: [command.name], mistakes: [] },
  };
}

function find(word: string, commands: readonly Command[]): Command {
  const aliased = commands.find(({ aliases }) => aliases?.includes(word));
  if (aliased === undefined && word.startsWith("-")) {
    const aliases = commands.flatMap(({ aliases = [] }) => aliases);
    const near = nearest(word, aliases.filter((it) => it.startsWith("--")));
    return refuseCommand(
      `Cannot use ${quote(word)} here: expected a command first, e.g. ${
        quote(`lifesign ${near ?? `check ${word}`}`)
      }`,
    );
  }
  return aliased ?? findCommand(word, commands);
}
