/**
 * `lifesign help`: all commands and their flags, from the tables.
 *
 * @module
 */
import { quote } from "../config/quote.ts";
import { type Flag, flagsOf, switchFlag } from "./flags.ts";
import {
  type Command,
  findCommand,
  helpSwitch,
  listed,
  usage,
} from "./invocation.ts";
import { manual } from "./manual.ts";
import { wrap } from "./wrap.ts";
import { refuse } from "../errors.ts";

/** The operand that asks for the manual page. */
const manualName = "man";

/** The width of the column with commands. */
const commandWidth = 15;

/** The width of the column with flags. */
const flagWidth = 27;

/** The width of a terminal. */
const width = 80;

/** Makes the command that explains all commands. */
export function createHelp(commands: () => readonly Command[]): Command {
  return {
    name: "help",
    aliases: ["-h", "--help"],
    operands: "[COMMAND|man]",
    get operandWords() {
      return [...listed(commands()).map(({ name }) => name), manualName];
    },
    isOutputResult: true,
    summary: "what a command does, and its flags; man: the manual page",
    settings: {},
    switches: [],
    // deno-lint-ignore require-await -- a command is asynchronous
    async run({ operands: [name, ...more], mistakes }, { terminal }) {
      refuse([
        ...mistakes,
        ...more.map((word) =>
          usage(
            `Cannot explain ${
              quote(word)
            }, too: expected only one command, e.g. "lifesign help check"`,
          )
        ),
      ]);
      const all = commands();
      terminal.write(
        name === undefined || name === "help"
          ? programHelp(all)
          : name === manualName
          ? manual(all)
          : commandHelp(findCommand(name, all, [manualName])),
      );
      return 0;
    },
  };
}

/** The program's help. */
export function programHelp(commands: readonly Command[]): string {
  const list = listed(commands).map(({ name, summary }) =>
    line(name, summary, commandWidth)
  );
  return `Did the session die, or is it only the network?

lifesign asks for signs of life: a login session at a gateway or a portal, a
WebSocket, any TCP server. That keeps sessions alive, and its exit status tells
which of the two happened.

Usage: lifesign COMMAND [FLAG…]

Commands:
${list.join("\n")}

"lifesign help COMMAND" tells more about each, "lifesign help man" is a manual
page. The exit status is 0 while the session is alive, 10 when it is dead, 20 to
23 when only the network failed.
`;
}

/** A command's help. */
export function commandHelp(command: Command): string {
  const { name, operands, summary, details } = command;
  const flags = [...flagsOf(command), switchFlag(helpSwitch)]
    .map((flag) => line(spelled(flag), flag.help));
  const usage = ["lifesign", name, "[FLAG…]", operands].filter(Boolean);
  const more = details === undefined ? "" : `\n${details}\n`;
  return `${wrap(summary, width).join("\n")}

Usage: ${usage.join(" ")}
${more}
Flags:
${flags.join("\n")}
`;
}

/** A flag as it is written. */
function spelled({ names, value }: Flag): string {
  return [names.join(", "), value].filter(Boolean).join(" ");
}

/** A row of two columns; the second one begins below the first if that is too wide. */
function line(first: string, second: string, column = flagWidth): string {
  const margin = " ".repeat(column);
  const start = `  ${first}`.padEnd(column);
  const rows = wrap(second, width - column);
  const fits = start.length === column && start.endsWith(" ");
  const head = fits ? start + rows.shift() : start;
  return [head, ...rows.map((row) => margin + row)].join("\n");
}
