import { assert, assertEquals } from "@std/assert";
import { checkCommand, cronBlock, inCrontab } from "./cron_line.ts";
import type { Deployment } from "./deployment.ts";

const plain: Deployment = {
  executable: "/usr/local/bin/lifesign",
  config: "/etc/lifesign.conf",
  args: [],
  user: "alice",
  reads: [],
  writes: [],
  hasHooks: false,
};

/** What cron hands to the shell, and what to its stdin: a line of cron's own C, by its letter. */
function asCronReads(command: string): { shell: string; stdin: string } {
  let shell = "";
  let isEscaped = false;
  for (const [at, char] of [...command].entries()) {
    if (isEscaped) {
      if (char === "%") shell = shell.slice(0, -1);
      isEscaped = false;
    } else if (char === "\\") isEscaped = true;
    else if (char === "%") return { shell, stdin: command.slice(at + 1) };
    shell += char;
  }
  return { shell, stdin: "" };
}

Deno.test("checkCommand() quotes what a shell would read otherwise", () => {
  const rows: [Partial<Deployment>, command: string][] = [
    [{}, "/usr/local/bin/lifesign check -q -c /etc/lifesign.conf"],
    [
      { args: ["--tries=5", "dorm", "lab"] },
      "/usr/local/bin/lifesign check -q -c /etc/lifesign.conf --tries=5 dorm lab",
    ],
    [
      { executable: "/opt/it's/lifesign", config: "/etc/$a b%" },
      "'/opt/it'\\''s/lifesign' check -q -c '/etc/$a b%'",
    ],
  ];
  for (const [change, command] of rows) {
    const [before, after] = checkCommand({ ...plain, ...change }).split("; c");
    assertEquals(before, command);
    assert(after!.startsWith("ase $? in 0) ;; 1?) "));
  }
});

Deno.test("inCrontab() hides percent signs from cron, and from nobody else", () => {
  const rows: [command: string, line: string, shell?: string][] = [
    ["echo a", "echo a"],
    ["echo 50%", "echo 50\\%"],
    ["echo '%%'", "echo '\\%\\%'"],
    ["echo '\\%'", "echo '\\''\\%'", "echo '\\''%'"],
    ["echo '\\\\%'", "echo '\\\\''\\%'", "echo '\\\\''%'"],
    ["echo 'it'\\''s 50%'", "echo 'it'\\''s 50\\%'"],
  ];
  for (const [command, line, shell = command] of rows) {
    assertEquals(inCrontab(command), line);
    assertEquals(asCronReads(line), { shell, stdin: "" });
  }
});

Deno.test("cronBlock() is one line with five fields of time, below comments", () => {
  const lines = cronBlock({ ...plain, config: "/etc/50%" }).split("\n");
  assertEquals(lines.splice(-2), ["# END lifesign", ""]);
  assertEquals(lines[0], "# BEGIN lifesign");
  const line = lines.pop()!;
  assert(line.startsWith("*/5 * * * * /usr/local/bin/lifesign check -q -c "));
  assert(line.includes(" /etc/50\\%; case $? in "));
  assert(lines.every((line) => line.startsWith("# ")));
});
