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
  shortHelp,
  usage,
} from "./invocation.ts";
import { manual } from "./manual.ts";
import { wrap } from "./wrap.ts";
import { refuse } from "../errors.ts";
import { exitCodeOfMistakes } from "../exit_code.ts";
import { type Guide, guideOf, purposes, subjects } from "./guide.ts";

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
    async run({ operands: [name, ...more], mistakes, switches }, { terminal }) {
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
      const isShort = switches.has(shortHelp);
      terminal.write(
        name === undefined || name === "help"
          ? isShort ? programUsage(all) : programHelp(all)
          : name === manualName
          ? manual(all)
          : (isShort ? commandUsage : commandHelp)(
            findCommand(name, all, [manualName]),
          ),
      );
      return 0;
    },
  };
}

/** Makes the command for a command line with nothing on it: the short help is the message. */
export function withoutCommand(commands: readonly Command[]): Command {
  return {
    name: "",
    summary: "",
    settings: {},
    switches: [],
    // deno-lint-ignore require-await -- a command is asynchronous
    async run(_args, { terminal }) {
      terminal.writeError(programUsage(commands));
      return exitCodeOfMistakes(["usage"]);
    },
  };
}

/** The program's short help. */
export function programUsage(commands: readonly Command[]): string {
  const list = byPurpose(commands).map(([purpose, some]) =>
    line(purpose, some.map(({ name }) => name).join(", "), 10)
  );
  const examples: [string, string][] = [
    ["lifesign demo", "watch a session live, lose packets and die"],
    ["lifesign check srun+http://172.16.1.1", "is my login there alive?"],
    ["lifesign run srun+http://172.16.1.1", "until it is dead"],
  ];
  return `Did the session die, or is it only the network?

Usage: lifesign COMMAND [FLAG…] [TARGET|SESSION…]

${exampleLines(examples)}

${list.join("\n")}

The exit status is 0 while the session is alive, 10 when it is dead, 20 to 23
when only the network failed. "lifesign COMMAND -h" is short, "lifesign --help"
tells more.
`;
}

/** The program's help. */
export function programHelp(commands: readonly Command[]): string {
  const list = byPurpose(commands).flatMap(([purpose, some]) => [
    `${titles[purpose]}:`,
    ...some.map(({ name, summary }) => line(name, summary, commandWidth)),
    "",
  ]);
  return `Did the session die, or is it only the network?

lifesign asks for signs of life: a login session at a gateway or a portal, a
WebSocket, any TCP server. That keeps sessions alive, and its exit status tells
which of the two happened.

Usage: lifesign COMMAND [FLAG…] [TARGET|SESSION…]

${list.join("\n")}
"lifesign COMMAND -h" shows the common flags, "lifesign COMMAND --help" all of
them, "lifesign help man" is a manual page. The exit status is 0 while the
session is alive, 10 when it is dead, 20 to 23 when only the network failed.
`;
}

const titles: Readonly<Record<Guide["purpose"], string>> = {
  ask: "Ask once",
  keep: "Keep alive",
  look: "Look up",
  try: "Try out",
  "set up": "Set up",
};

/** Commands that help lists, by what they are for. */
function byPurpose(
  commands: readonly Command[],
): [purpose: Guide["purpose"], Command[]][] {
  const groups = Map.groupBy(
    listed(commands),
    ({ name }) => guideOf(name)?.purpose ?? "set up",
  );
  return purposes.flatMap((purpose) => {
    const group = groups.get(purpose);
    return group === undefined ? [] : [[purpose, group]];
  });
}

/** A command's short help. */
export function commandUsage(command: Command): string {
  const { common, needs, examples = [] } = guideOf(command.name) ?? {};
  const all = allFlags(command);
  const some = all.filter((flag) =>
    common === undefined || flag === all.at(-1) ||
    common.includes(flag.setting ?? flag.names.at(-1)!)
  );
  const left = all.length - some.length;
  return [
    head(command),
    ...needs === undefined
      ? []
      : [wrap(`It needs ${needs}.`, width).join("\n")],
    ...examples.length === 0 ? [] : [`Examples:\n${exampleLines(examples)}`],
    [`${left === 0 ? "Flags" : "Common flags"}:`, ...some.map(flagLine)]
      .join("\n"),
    ...left === 0
      ? []
      : [`"lifesign ${command.name} --help" has ${left} more.`],
  ].join("\n\n") + "\n";
}

/** A command's help. */
export function commandHelp(command: Command): string {
  const { details, name } = command;
  const { examples = [] } = guideOf(name) ?? {};
  return [
    head(command),
    ...details === undefined ? [] : [details],
    ...examples.length === 0 ? [] : [`Examples:\n${exampleLines(examples)}`],
    ...bySubject(allFlags(command)).map(([title, flags]) =>
      [`${title}:`, ...flags.map(flagLine)].join("\n")
    ),
  ].join("\n\n") + "\n";
}

/** Flags by what they are about, where they are about sessions. */
function bySubject(flags: readonly Flag[]): [title: string, Flag[]][] {
  if (flags.every(({ setting }) => setting !== "target")) {
    return [["Flags", [...flags]]];
  }
  const titleOf = ({ setting = "" }: Flag) =>
    Object.entries(subjects).find(([, names]) => names.includes(setting))
      ?.[0] ?? others;
  const groups = Map.groupBy(flags, titleOf);
  return [...Object.keys(subjects), others].flatMap((title) => {
    const group = groups.get(title);
    return group === undefined ? [] : [[title, group]];
  });
}

const others = "Others";

/** All flags of a command, the one for help last. */
function allFlags(command: Command): Flag[] {
  return [...flagsOf(command), switchFlag(helpSwitch)];
}

/** What a command does, and how it is written. */
function head({ name, operands, summary }: Command): string {
  const usage = ["lifesign", name, "[FLAG…]", operands].filter(Boolean);
  return `${wrap(summary, width).join("\n")}\n\nUsage: ${usage.join(" ")}`;
}

function flagLine(flag: Flag): string {
  return line(spelled(flag), flag.help);
}

/** Command lines, and what they do in a second column. */
function exampleLines(
  examples: readonly (readonly [line: string, does: string])[],
): string {
  const longest = Math.max(...examples.map(([line]) => line.length));
  return examples.map(([first, does]) => line(first, does, longest + 5)).join(
    "\n",
  );
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
