import { assertEquals } from "@std/assert";
import { commandHelp, programHelp } from "./help.ts";
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
  -h, --help               this text
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
  -h, --help               this text
`,
  );
});

Deno.test("programHelp() lists commands, wrapped", () => {
  const summary = "a word ".repeat(12).trim();
  const lines = programHelp([example, {
    ...example,
    name: "exit-codes",
    summary,
  }])
    .split("\n");
  const at = lines.indexOf("Commands:");
  assertEquals(lines.slice(at + 1, at + 4), [
    "  say          say something",
    `  exit-codes   ${"a word ".repeat(9)}a`,
    `               word ${"a word ".repeat(2).trim()}`,
  ]);
});
