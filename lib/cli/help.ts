/**
 * `lifesign help`: what there is, from the tables of commands and settings.
 *
 * @module
 */
import { quote } from "../config/quote.ts";
import { findCommand } from "./find_command.ts";
import { describeFlags, describeSwitch, type Flag } from "./flags.ts";
import { type Command, helpSwitch } from "./invocation.ts";
import { manual } from "./manual.ts";
import { refuse } from "../errors.ts";

/** What users type for it. */
const helpName = "help";

/** What it explains besides commands: all of them at once. */
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
    name: helpName,
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
      const usage = more.map((word) => ({
        kind: "usage" as const,
        message: `lifesign: Cannot explain ${
          quote(word)
        }, too: expected only one command, e.g. "lifesign help check"`,
      }));
      refuse([...mistakes, ...usage]);
      const all = commands();
      terminal.write(
        name === undefined || name === helpName
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

lifesign keeps a login session at a gateway alive by UDP heartbeats, and tells
by its exit status which of the two happened.

Usage: lifesign COMMAND [FLAG…]

Commands:
${list.join("\n")}

"lifesign help COMMAND" tells more about each, "lifesign help man" is a manual
page. The exit status is 0 while the session is alive, 10 when it is dead, 20 to
23 when only the network failed.
`;
}

function listed(commands: readonly Command[]): Command[] {
  return commands.filter(({ isUnlisted }) => !isUnlisted);
}

/** A command's help. */
export function commandHelp(command: Command): string {
  const { name, operands, summary, details } = command;
  const flags = [
    ...describeFlags(command),
    describeSwitch(helpSwitch),
  ].map((flag) => line(spelled(flag), flag.help));
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

/** A row of two columns, in one line if the first fits. */
function line(first: string, second: string, column = flagWidth): string {
  const margin = " ".repeat(column);
  const start = `  ${first}`.padEnd(column);
  const rows = wrap(second, width - column);
  const fits = start.length === column && start.endsWith(" ");
  const head = fits ? start + rows.shift() : start;
  return [head, ...rows.map((row) => margin + row)].join("\n");
}

/** Breaks text into lines of at most so many characters. */
export function wrap(text: string, most: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = [lines.at(-1), word].filter(Boolean).join(" ");
    if (line.length <= most) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines;
}
