import { assert, assertEquals } from "@std/assert";
import { type Outcome, startScript, type TestProcess } from "./test_process.ts";

const enter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
const leave = "\x1b[?7h\x1b[?25h\x1b[?1049l";

const setUp = `
  import { createHost } from "./host.ts";
  const host = createHost();
  const { terminal } = host.world;
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const end = async (code = 0) => {
    await host.end(code);
    Deno.exit(code);
  };
`;

/** Starts a script on a terminal of its own of 60×20 characters, which shows what it writes to both streams. */
function startOnTerminal(script: string): TestProcess {
  return startScript("", {
    shell:
      `exec script -qec 'stty cols 60 rows 20; exec "$DENO" eval --quiet "$SOURCE"' /dev/null`,
    env: { DENO: Deno.execPath(), SOURCE: setUp + script },
  });
}

/** Runs a script on a terminal to its end. */
async function runOnTerminal(script: string): Promise<Outcome> {
  await using process = startOnTerminal(script);
  return await process.end();
}

/** What arrives at the terminal for these lines. */
function frame(...lines: string[]): string {
  const text = lines.map((line) => `${line}\x1b[K`).join("\r\r\n");
  return `\x1b[?2026h\x1b[H${text}\x1b[J\x1b[?2026l`;
}

Deno.test("openScreen() takes the terminal, shows lines, and gives it back", async () => {
  const { stdout } = await runOnTerminal(`
      const { isTerminal, hasColours } = terminal;
      const screen = terminal.openScreen({ onKey() {}, onChange() {} });
      const { columns, rows } = screen.size;
      screen.show(["one", "two"]);
      await sleep(0);
      screen.show(["one", "two"]);
      screen.close();
      screen.show(["late"]);
      screen.close();
      terminal.write([isTerminal, hasColours, columns, rows] + "\\n");
      await end();
    `);
  assertEquals(
    stdout,
    `${enter}${frame("one", "two")}${leave}true,false,59,20\r\n`,
  );
});

Deno.test("show() skips what a terminal has no time for", async () => {
  const { stdout } = await runOnTerminal(`
      const screen = terminal.openScreen({ onKey() {}, onChange() {} });
      for (let k = 0; k <= 1_000; k++) screen.show([String(k)]);
      await sleep(100);
      await end();
    `);
  assertEquals(stdout, `${enter}${frame("0")}${frame("1000")}${leave}`);
});

Deno.test("end() and a crash give the terminal back before anything else is told", async () => {
  const { stdout, code } = await runOnTerminal(`
      const code = await host.codeOf((async () => {
        terminal.openScreen({ onKey() {}, onChange() {} });
        await sleep(0);
        throw new Error("boom");
      })());
      await end(code);
    `);
  assertEquals(code, 1);
  const start = `${enter}${leave}lifesign: Crashed: Error: boom\r\n`;
  assertEquals(stdout.slice(0, start.length), start);
});

Deno.test("openScreen() tells of keys at once and without showing them", async () => {
  await using process = startOnTerminal(`
      const screen = terminal.openScreen({
        onKey: async (key) => {
          if (key !== "q") return terminal.write(JSON.stringify(key) + "\\n");
          screen.close();
          await end();
        },
        onChange() {},
      });
      terminal.write("ready\\n");
    `);
  assert((await process.line()).endsWith("ready\r"));
  for (const [key, told] of [["a", '"a"'], ["\x1b[A", '"\\u001b[A"']]) {
    await process.write(key!);
    assertEquals(await process.line(), `${told}\r`);
  }
  await process.write("é");
  assertEquals(await process.line(), '"é"\r');
  await process.write("q");
  const { stdout } = await process.end();
  assertEquals(stdout, leave);
});

Deno.test("openScreen() says that a terminal has another size, or was used by others meanwhile", async () => {
  const rows: [happens: string, columns: number, entered: number][] = [
    [
      `await new Deno.Command("stty", { args: ["cols", "40"], stdin: "inherit" })
        .output();`,
      39,
      1,
    ],
    [`Deno.kill(Deno.pid, "SIGCONT");`, 59, 2],
  ];
  for (const [happens, columns, entered] of rows) {
    const { stdout } = await runOnTerminal(`
        const changed = Promise.withResolvers();
        const screen = terminal.openScreen({
          onKey() {},
          onChange: () => changed.resolve(screen.size.columns),
        });
        screen.show(["one"]);
        await sleep(0);
        ${happens}
        terminal.write("columns: " + await changed.promise);
        await end();
      `);
    assert(stdout.startsWith(enter + frame("one")), stdout);
    assertEquals(stdout.split(enter).length - 1, entered);
    assert(stdout.endsWith(`columns: ${columns}${leave}`), stdout);
  }
});
