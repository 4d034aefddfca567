import { assertEquals, assertMatch } from "@std/assert";
import { missing, sh, unless } from "../tests/harness.ts";
import { nextLine, withoutProgress } from "./progress.ts";

Deno.test("nextLine() waits two seconds, and is rarer where lines stay", () => {
  const rows: [seconds: number, isTerminal: boolean, next: number][] = [
    [0, true, 2],
    [0, false, 2],
    [2, true, 3],
    [2, false, 17],
    [17, false, 32],
  ];
  for (const [seconds, isTerminal, next] of rows) {
    assertEquals(nextLine(seconds, isTerminal), next);
  }
});

/** Runs a script that works for a time, in ms, without and with a nested work. */
const working = (ms: number) =>
  `'${Deno.execPath()}' eval --ext=ts "
    import { progress } from './scripts/progress.ts';
    using outer = progress('outer');
    { using inner = progress(() => 'inner');
      const end = performance.now() + ${ms};
      while (performance.now() < end) inner.tick();
      inner.tick(); }"`;

Deno.test("progress() says in a pipe what is going on, even where nothing else can run", async () => {
  const { stdout, stderr } = await sh(working(2_100));
  assertEquals(stdout, "");
  // It may take longer where others work, too.
  assertMatch(stderr, /^(inner, \d+ s\n)+$/);
  assertEquals(withoutProgress(`Cannot\n${stderr}do it\n`), "Cannot\ndo it\n");
});

const withScript = unless(await missing("script"));

withScript.test("progress() erases its line in a terminal", async () => {
  const command = working(2_100).replaceAll("\n", " ");
  const quoted = `'${command.replaceAll("'", `'\\''`)}'`;
  const { stdout } = await sh(`script -qec ${quoted} /dev/null`);
  // deno-lint-ignore no-control-regex -- a terminal is told so
  assertMatch(stdout, /^(\r\x1b\[Kinner, \d+ s)+\r\x1b\[K$/);
});
