import { assert, assertEquals } from "@std/assert";
import { agentSettings, sessionSettings } from "../config/settings.ts";
import { parseCommandLine } from "./command_line.ts";
import { commands } from "./commands.ts";
import { flagsOf } from "./flags.ts";
import { guideOf, subjects } from "./guide.ts";
import { commandHelp, commandUsage, programHelp } from "./help.ts";
import type { Command } from "./invocation.ts";
import type { Setting } from "../setting.ts";

const text: Setting<string> = {
  value: "TEXT",
  parse: (text) => text,
  default: null,
  help: "what is said",
};

const example: Command = {
  name: "say",
  operands: "[WORD…]",
  summary: "say something",
  settings: {
    text: { ...text, short: "-t" },
    howLoud: { ...text, value: "N", default: "3", help: "how loud" },
    family: { ...text, switches: { "-4": "4", "-6": "6" } },
    mute: {
      parse: () => "",
      default: "",
      help: "no sound",
      switches: { "--mute": "" },
    },
    aSettingWithAVeryLongName: {
      ...text,
      help: "a long explanation that does not fit into one line of a terminal",
      default: "or its default",
    },
  },
  switches: [
    { flag: "--json", help: "JSON instead of text" },
    { flag: "--quiet", short: "-q", help: "no output" },
  ],
  run: () => Promise.resolve(0 as const),
};

Deno.test("commandHelp() lists settings, switches and --help in two columns", () => {
  assertEquals(
    commandHelp(example),
    `say something

Usage: lifesign say [FLAG…] [WORD…]

Flags:
  -t, --text TEXT          what is said
  --how-loud N             how loud (3)
  --family TEXT            what is said
  -4                       the same as --family=4
  -6                       the same as --family=6
  --mute                   no sound
  --a-setting-with-a-very-long-name TEXT
                           a long explanation that does not fit into one line of
                           a terminal (or its default)
  --json                   JSON instead of text
  -q, --quiet              no output
  -h, --help               help: -h is short, --help is all
`,
  );
});

Deno.test("commandHelp() shows details, and no operands where none may be", () => {
  const { operands: _, ...plain } = example;
  const help = commandHelp({
    ...plain,
    details: "Some\ndetails.",
    settings: {},
    switches: [],
  });
  assertEquals(
    help,
    `say something

Usage: lifesign say [FLAG…]

Some
details.

Flags:
  -h, --help               help: -h is short, --help is all
`,
  );
});

Deno.test("programHelp() lists commands by what they are for, wrapped", () => {
  const summary = "a word ".repeat(12).trim();
  const lines = programHelp([{ ...example, name: "check" }, {
    ...example,
    name: "exit-codes",
    summary,
  }])
    .split("\n");
  const at = lines.indexOf("Ask once:");
  assertEquals(lines.slice(at + 1, at + 6), [
    "  check        say something",
    "",
    "Look up:",
    `  exit-codes   ${"a word ".repeat(9)}a`,
    `               word ${"a word ".repeat(2).trim()}`,
  ]);
});

Deno.test("each command has a guide, whose examples are right", async () => {
  for (const command of commands.filter(({ isUnlisted }) => !isUnlisted)) {
    const guide = guideOf(command.name);
    assert(guide !== undefined, command.name);
    for (const [line] of guide.examples) {
      const words = line.replace(/^eval "\$\((.*)\)"$/, "$1").split(" >")[0]!
        .replace(/'.*'/, "x").split(" ");
      const [program, ...args] = words;
      const { command, rest } = await parseCommandLine(args);
      assertEquals([program, rest.mistakes], ["lifesign", []], line);
      assertEquals(command.name, args[0]);
    }
    const names = flagsOf(command)
      .flatMap(({ setting, names }) => setting ?? names);
    for (const name of guide.common ?? []) {
      assert(names.includes(name), `${command.name}: ${name}`);
    }
  }
});

Deno.test("a command names a target among its operands where it takes one", () => {
  for (const { name, operands = "", settings } of commands) {
    const takesTarget = operands.includes("[TARGET|SESSION…]");
    assertEquals(takesTarget, "target" in settings, name);
  }
});

Deno.test("each setting of sessions and of agents has a subject, and only one", () => {
  const all = Object.values(subjects).flat();
  assertEquals(new Set(all).size, all.length);
  const names = Object.keys({ ...sessionSettings, ...agentSettings });
  assertEquals(names.filter((name) => !all.includes(name)), []);
});

Deno.test("commandUsage() shows what most people want, and says how much more there is", () => {
  const text = commandUsage(commands.find(({ name }) => name === "check")!);
  assert(text.split("\n").length < 40, text);
  for (
    const line of [
      "  lifesign check srun+http://172.16.1.1    a portal: nothing else is needed",
      "  -h, --help               help: -h is short, --help is all",
    ]
  ) assert(text.split("\n").includes(line), text);
  assert(/"lifesign check --help" has \d\d more\.\n$/.test(text), text);
});
