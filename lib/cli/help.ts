/**
 * What `--help` prints, from the tables of commands and settings.
 *
 * @module
 */
import type { Setting } from "../config/settings.ts";
import { spellings, type Switch } from "./arguments.ts";
import type { Command } from "./invocation.ts";

/** The width of the column with commands. */
const commandWidth = 18;

/** The width of the column with flags. */
const flagWidth = 28;

/** The program's help. */
export function programHelp(commands: readonly Command[]): string {
  const list = commands.map(({ name, summary }) =>
    `  ${name.padEnd(commandWidth)}${summary}`
  );
  return `Did the session die, or is it only the network?

lifesign keeps a login session at a gateway alive by UDP heartbeats, and tells
by its exit status which of the two happened.

Usage: lifesign COMMAND [FLAG…]

Commands:
${list.join("\n")}

"lifesign help COMMAND" tells more about each. The exit status is 0 while the
session is alive, 10 when it is dead, 20 to 23 when only the network failed.
`;
}

/** A command's help. */
export function commandHelp(command: Command): string {
  const { name, operands, summary, details, settings, switches } = command;
  const flags = [
    ...Object.entries(settings).map(([key, row]) => settingLine(key, row)),
    ...switches.map(switchLine),
    line("-h, --help", "this text"),
  ];
  const usage = ["lifesign", name, "[FLAG…]", operands].filter(Boolean);
  const more = details === undefined ? "" : `\n${details}\n`;
  return `${summary}

Usage: ${usage.join(" ")}
${more}
Flags:
${flags.join("\n")}
`;
}

function settingLine(key: string, row: Setting<unknown>): string {
  const names = spellings(key, row).join(", ");
  const flag = row.value === undefined ? names : `${names} ${row.value}`;
  const standard = row.default === null || row.value === undefined
    ? ""
    : ` (${row.default})`;
  return line(flag, `${row.help}${standard}`);
}

function switchLine({ flag, short, help }: Switch): string {
  return line(short === undefined ? flag : `${short}, ${flag}`, help);
}

function line(flag: string, help: string): string {
  return flag.length + 2 < flagWidth
    ? `  ${flag.padEnd(flagWidth - 2)}${help}`
    : `  ${flag}\n${" ".repeat(flagWidth)}${help}`;
}
