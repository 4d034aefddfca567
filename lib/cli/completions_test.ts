import { assertEquals, assertStringIncludes } from "@std/assert";
import { oneOf } from "../parsers.ts";
import { parseArguments } from "./arguments.ts";
import { commands } from "./commands.ts";
import { bashScript } from "./completions/bash.ts";
import { fishScript } from "./completions/fish.ts";
import { zshScript } from "./completions/zsh.ts";
import { flagsOf } from "./flags.ts";
import type { Command } from "./invocation.ts";
import type { Setting } from "../setting.ts";

const text: Setting<string> = {
  value: "TEXT",
  parse: (text) => text,
  default: null,
  help: "what's said: [this] or a\\b",
};

const example: Command = {
  name: "say",
  aliases: ["-s"],
  operands: "now|later [WORD…]",
  operandWords: ["now", "later"],
  summary: "say: it's something",
  settings: {
    text: { ...text, short: "-t", switches: { "-v": "a", "--very": "a" } },
    how: { ...text, repeatable: true, parse: oneOf(["so", "thus"]) },
    fromFile: { ...text, value: "FILE" },
  },
  switches: [{ flag: "--json", help: "JSON" }],
  run: () => Promise.resolve(0 as const),
};

/** Asserts that a script has each of these lines, wherever. */
function assertLines(script: string, lines: readonly string[]): void {
  for (const line of lines) assertStringIncludes(`\n${script}`, `\n${line}\n`);
}

Deno.test("bashScript() says what may follow a command and its flags", () => {
  assertLines(bashScript([example]), [
    "  say | -s)",
    "    flags=(-t --text -v --very --how --from-file --json -h --help)",
    "    operands=(now later)",
    "    -t | --text) ;;",
    "    --how) words=(so thus) ;;",
    "    --from-file) files=yes ;;",
    "    words=(say -s)",
    "    [[ $cur == -* ]] || words=(say)",
  ]);
});

Deno.test("zshScript() says it with help, and which flags exclude each other", () => {
  assertLines(zshScript([example]), [
    "      'say:say\\: it'\\''s something'",
    "      '-s:say\\: it'\\''s something'",
    "  say|-s)",
    "      '(-t --text -v --very)-t+[what'\\''s said\\: \\[this\\] or a\\\\b]:TEXT: ' \\",
    "      '(-t --text -v --very)--text=[what'\\''s said\\: \\[this\\] or a\\\\b]:TEXT: ' \\",
    "      '(-t --text -v --very)--very[the same as --text=a]' \\",
    "      '*--how=[what'\\''s said\\: \\[this\\] or a\\\\b]:TEXT:(so thus)' \\",
    "      '(--from-file)--from-file=[what'\\''s said\\: \\[this\\] or a\\\\b]:FILE:_files' \\",
    "      '(--json)--json[JSON]' \\",
    "      '1:say:(now later)' \\",
    "      '*:WORD: '",
  ]);
});

Deno.test("fishScript() says it with help", () => {
  const has = "complete -c lifesign -n '__lifesign_has say,-s";
  const help = "-d 'what\\'s said: [this] or a\\\\b'";
  assertLines(fishScript([example]), [
    "complete -c lifesign -n '__lifesign_is_bare' -a say -d 'say: it\\'s something'",
    "complete -c lifesign -n '__lifesign_is_bare' -s s -d 'say: it\\'s something'",
    `${has}' -s t -l text -x ${help}`,
    `${has}' -s v -l very -d 'the same as --text=a'`,
    `${has}' -l from-file -r -F ${help}`,
    `${has}' -l json -d 'JSON'`,
    `${has} now later' -a 'now later'`,
  ]);
});

const asking: Command = {
  ...example,
  name: "ask",
  aliases: [],
  operands: "[SESSION…]",
  settings: { bind: { ...text, value: "INTERFACE" } },
};
const { operandWords: _, ...anySession } = asking;
const anyTarget = { ...anySession, operands: "[TARGET|SESSION…]" };

Deno.test("completions offer sessions and interfaces", () => {
  assertLines(bashScript([anySession]), [
    "    sessions=yes",
    "    --bind) mapfile -t words < <(_lifesign_interfaces) ;;",
  ]);
  const help = "what'\\''s said\\: \\[this\\] or a\\\\b";
  assertLines(zshScript([anySession]), [
    `      '(--bind)--bind=[${help}]:INTERFACE:_lifesign_interfaces' \\`,
    "      '*:SESSION:_lifesign_sessions'",
  ]);
  assertLines(bashScript([anyTarget]), ["    sessions=yes"]);
  assertLines(zshScript([anyTarget]), [
    "      '*:TARGET|SESSION:_lifesign_sessions'",
  ]);
  const has = "complete -c lifesign -n '__lifesign_has ask";
  assertLines(fishScript([anySession]), [`${has}' -a '(__lifesign_sessions)'`]);
  assertLines(fishScript([asking]), [
    `${has}; and not __lifesign_has ask now later' -a '(__lifesign_sessions)'`,
  ]);
});

Deno.test("flagsOf() names flags and words that the parser takes", () => {
  for (const command of commands) {
    for (const { names, setting, value, words } of flagsOf(command)) {
      for (const flag of names) {
        for (const word of words ?? ["x"]) {
          const args = value === undefined ? [flag] : [flag, word];
          const { mistakes } = parseArguments(args, command);
          assertEquals(mistakes, [], `${command.name} ${args.join(" ")}`);
          if (words) command.settings[setting!]!.parse(word);
        }
      }
    }
  }
});
