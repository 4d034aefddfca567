import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { blocksIn, documents, readDocument } from "./documents.ts";
import {
  assertOutcome,
  assertQuiet,
  listedCommands,
  listedFlags,
  missing,
  run,
  sh,
  unless,
  words,
} from "./harness.ts";

/** The commands of the design, by what they are for. */
const designed =
  words`check doctor run watch status report exit-codes help gateway demo config service completions`;

Deno.test("help lists the commands of the design, by what they are for", async () => {
  assertEquals(await listedCommands(), designed);
});

Deno.test("every command has help, completion in each shell, and its place in the manual", async () => {
  const scripts = await Promise.all(
    ["bash", "zsh", "fish"].map((shell) => run(["completions", shell])),
  );
  const [bash, zsh, fish] = scripts.map(({ stdout }) => stdout);
  const { stdout: page } = await run(["help", "man"]);
  const sections = page.split("\n.Ss ");
  const settings = page.slice(page.indexOf("\n.Sh SETTINGS\n"));
  const commands = await listedCommands();
  // The manual is no command, and no command may be called so.
  assert(!commands.includes("man"));
  for (const command of commands) {
    const help = await run(["help", command]);
    assertOutcome(help, { code: 0, stderr: "" });
    assert(new RegExp(`\n  ${command}( \\||\\))`).test(bash!), command);
    assert(new RegExp(`\n  ${command}(\\||\\))`).test(zsh!), command);
    assertStringIncludes(fish!, `-a ${command} -d '`);

    const name = inManual(command);
    assertStringIncludes(page, `\n.Nm\n.Cm ${name}\n.Op Ar flag ...\n`);
    const section = sections.find((it) => it.startsWith(`${name}\n`));
    assert(section !== undefined, command);
    for (const flag of await listedFlags(command)) {
      if (["-h", "--help"].includes(flag)) continue;
      const known = `Fl ${inManual(flag.slice(1))}`;
      const place = section.includes(known) ? section : settings;
      assert(new RegExp(`${RegExp.escape(known)}[ \n]`).test(place), flag);
    }
  }
});

Deno.test("help man explains itself alone", async () => {
  const rows: [args: string[], stderr: string][] = [
    [
      ["man"],
      'lifesign: Cannot find a command "man": "lifesign help" lists them',
    ],
    [
      ["help", "mna"],
      'lifesign: Cannot find a command "mna": "lifesign help" lists them; did you mean "man"?',
    ],
    [
      ["help", "man", "check"],
      'lifesign: Cannot explain "check", too: expected only one command, e.g. "lifesign help check"',
    ],
  ];
  for (const [args, message] of rows) {
    const stderr = `${message}\n`;
    assertOutcome(await run(args), { code: 64, stdout: "", stderr });
  }
});

Deno.test("help man has the sections of a manual page, and examples that documents have, too", async () => {
  const { stdout } = await run(["help", "man"]);
  const titles = [...stdout.matchAll(/^\.Sh (.*)$/gm)].map(([, it]) => it);
  assertEquals(titles, [
    "NAME",
    "SYNOPSIS",
    "DESCRIPTION",
    "COMMANDS",
    "SETTINGS",
    "ENVIRONMENT",
    "FILES",
    "EXIT STATUS",
    "EXAMPLES",
    "SEE ALSO",
  ]);
  const pieces = documents.flatMap((path) => blocksIn(readDocument(path)))
    .filter(({ language }) => language === "sh").map(({ text }) => text);
  const examples = stdout.slice(stdout.indexOf("\n.Sh EXAMPLES\n"))
    .matchAll(/^\.Bd [^\n]*\n(.*?\n)\.Ed$/gms).toArray();
  assertEquals(examples.length, 3);
  for (const [, code] of examples) {
    const plain = code!.replaceAll("\\-", "-").replaceAll("\\(ti", "~");
    assert(pieces.some((text) => text.includes(plain)), plain);
  }
});

const withMandoc = unless(await missing("mandoc"));

withMandoc.test("help man prints a page without a flaw that is readable", async () => {
  const { stdout: page } = await run(["help", "man"]);
  const linted = await sh("mandoc -T lint -W all", { stdin: page });
  assertQuiet(linted);
  const shown = await sh("mandoc -T ascii -O width=80 | sed 's/.\\x08//g'", {
    stdin: page,
  });
  const lines = shown.stdout.split("\n");
  assert(lines.every((line) => line.length <= 100), shown.stdout);
  for (
    const line of [
      "     lifesign service [flag ...] KIND [TARGET | SESSION ...]",
      "     interval, -i, --interval TIME, LIFESIGN_INTERVAL",
      "             time from one heartbeat to the next (60s; ws, wss, zmtp 30s)",
      "     10 DEAD",
    ]
  ) assert(lines.includes(line), shown.stdout);
});

const withMan = unless(await missing("man"));

withMan.test("help man prints what man shows", async () => {
  const { code, stdout, stderr } = await sh(
    "lifesign help man | man --warnings -l - | col -b",
  );
  assertEquals([code, stderr], [0, ""]);
  assert(stdout.startsWith("LIFESIGN(1)"), stdout);
  assertStringIncludes(stdout, "lifesign --version");
});

/** Text as the manual's source has it. */
function inManual(text: string): string {
  return text.replaceAll("-", "\\-");
}
