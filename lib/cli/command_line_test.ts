import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { LifesignError } from "../errors.ts";
import { parseCommandLine } from "./command_line.ts";
import { commands } from "./commands.ts";

Deno.test("parseCommandLine() finds commands by their names and by what stands for them", async () => {
  const rows: [line: string, command: string, operands?: string[]][] = [
    ["check", "check"],
    ["check dorm", "check", ["dorm"]],
    ["run -q", "run"],
    ["watch dorm", "watch", ["dorm"]],
    ["report --svg dorm", "report", ["dorm"]],
    ["doctor dorm", "doctor", ["dorm"]],
    ["gateway", "gateway"],
    ["demo", "demo"],
    ["exit-codes", "exit-codes"],
    ["service cron", "service", ["cron"]],
    ["completions zsh", "completions", ["zsh"]],
    ["version", "version"],
    ["--version", "version"],
    ["-V", "version"],
    ["help", "help"],
    ["help check", "help", ["check"]],
    ["--help", "help"],
    ["-h", "help"],
    ["-h check", "help", ["check"]],
    ["check --help", "help", ["check"]],
    ["check -h", "help", ["check"]],
    ["check -qh dorm", "help", ["check"]],
    ["version --help", "help", ["version"]],
    ["help --help", "help", ["help"]],
  ];
  for (const [line, name, operands = []] of rows) {
    const { command, rest } = await parseCommandLine(line.split(" "));
    assertEquals(
      [command.name, rest.operands, rest.mistakes],
      [name, operands, []],
      line,
    );
  }
});

Deno.test("parseCommandLine() finds each command of the table by its name", async () => {
  for (const expected of commands) {
    const { command } = await parseCommandLine([expected.name]);
    assertStrictEquals(command, expected);
  }
});

Deno.test("parseCommandLine() explains a command instead of its mistakes", async () => {
  const { command, rest } = await parseCommandLine(
    ["check", "--bogus", "--uid", "--help", "--json=no"],
  );
  assertEquals(
    [command.name, rest.operands, rest.mistakes],
    ["help", ["check"], []],
  );
  const { rest: { mistakes } } = await parseCommandLine([
    "check",
    "--",
    "--help",
  ]);
  assertEquals(mistakes, []);
});

Deno.test("parseCommandLine() keeps a command's mistakes for the command", async () => {
  const { command, rest } = await parseCommandLine(["check", "--bogus"]);
  assertEquals([command.name, rest.mistakes.length], ["check", 1]);
});

Deno.test("parseCommandLine() says which command has a flag", async () => {
  const rows: [line: string, hint: string][] = [
    ["check -v", '; "lifesign run -v" has it'],
    ["check --status-file f", '; "lifesign run --status-file" has it'],
    ["check --gatway g", '; did you mean "--gateway"?'],
    ["check --bogus", ""],
  ];
  for (const [line, hint] of rows) {
    const { rest } = await parseCommandLine(line.split(" "));
    const flag = line.split(" ")[1];
    assertEquals(rest.mistakes.map(({ message }) => message), [
      `lifesign: Cannot use "${flag}": there is no such flag here${hint}`,
    ]);
  }
});

Deno.test("parseCommandLine() tells short help from all of it", async () => {
  const rows: [line: string, isShort: boolean][] = [
    ["-h", true],
    ["-h check", true],
    ["check -h", true],
    ["check -qh", true],
    ["--help", false],
    ["check --help", false],
    ["help check", false],
  ];
  for (const [line, isShort] of rows) {
    const { rest } = await parseCommandLine(line.split(" "));
    assertEquals(rest.switches.has("-h"), isShort, line);
  }
});

Deno.test("parseCommandLine() refuses what is no command", async () => {
  const list = '"lifesign help" lists them';
  const rows: [args: string[], message: string][] = [
    [[""], `find a command "": ${list}`],
    [["chekc"], `find a command "chekc": ${list}; did you mean "check"?`],
    [
      ["exitcodes"],
      `find a command "exitcodes": ${list}; did you mean "exit-codes"?`,
    ],
    [["halp", "check"], `find a command "halp": ${list}; did you mean "help"?`],
    [["restart"], `find a command "restart": ${list}`],
    [["constructor"], `find a command "constructor": ${list}`],
    [["toString"], `find a command "toString": ${list}`],
    [["__proto__"], `find a command "__proto__": ${list}`],
    [["\x1b[31m"], `find a command "\\u001b[31m": ${list}`],
    [
      ["-q", "check"],
      'use "-q" here: expected a command first, e.g. "lifesign check -q"',
    ],
    [
      ["-\x1b[31m"],
      'use "-\\u001b[31m" here: expected a command first, e.g. "lifesign check -\\u001b[31m"',
    ],
    [
      ["--hlep"],
      'use "--hlep" here: expected a command first, e.g. "lifesign --help"',
    ],
    [
      ["--uid=5"],
      'use "--uid=5" here: expected a command first, e.g. "lifesign check --uid=5"',
    ],
  ];
  for (const [args, message] of rows) {
    const error: LifesignError = await assertRejects(
      () => parseCommandLine(args),
      LifesignError,
    );
    assertEquals(error.mistakes, [
      { kind: "usage", message: `lifesign: Cannot ${message}` },
    ]);
  }
});
