import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runScript, startScript } from "./test_process.ts";

const setUp = `
  import { createHost } from "./host.ts";
  const variables = ["UID", "EMPTY", "ABSENT"].map((it) => \`LIFESIGN_\${it}\`);
  const host = createHost({ variables });
  const { terminal, signals } = host.world;
  const end = async (code) => {
    await host.end(code);
    Deno.exit(code);
  };
`;

/** As main.ts ends: with what the program returns, or with a crash. */
const end = (program: string) => `await end(await host.codeOf(${program}));`;
const endCrashed = end("new Promise(() => {})");

Deno.test("codeOf() resolves to the program's code, or to 1 if the program throws", async () => {
  const rows: [program: string, code: number, described: string][] = [
    ["Promise.resolve(10)", 10, ""],
    ["Promise.reject(new Error('boom'))", 1, "Error: boom\n    at "],
    ["(async () => { await null; null.x; })()", 1, "TypeError: Cannot read"],
    [
      "Promise.reject(Object.assign(new Error('boom'), { stack: '    at f' }))",
      1,
      "Error: boom\n    at f",
    ],
    [
      "new Promise((_, reject) => setTimeout(() => reject(new Error('boom'))))",
      1,
      "Error: boom\n    at ",
    ],
  ];
  for (const [program, expected, described] of rows) {
    const { code, stderr } = await runScript(setUp + end(program));
    assertEquals(code, expected, program);
    const start = described && `lifesign: Crashed: ${described}`;
    assertEquals(stderr.slice(0, start.length), start, program);
  }
});

Deno.test("codeOf() resolves to 1 whatever else is thrown, and its stack is on stderr", async () => {
  const rows: [source: string, described: string][] = [
    ["setTimeout(() => { throw new Error('boom'); })", "Error: boom\n    at "],
    ["setTimeout(() => null.x)", "TypeError: Cannot read properties of null"],
    ["Promise.reject(new RangeError('boom'))", "RangeError: boom\n    at "],
    ["queueMicrotask(() => { throw new Error('boom'); })", "Error: boom\n"],
    ["(async () => { await null; throw 'text'; })()", "text\n"],
    ["Promise.reject()", "undefined\n"],
    ["Promise.reject(null)", "null\n"],
    ["Promise.reject(Symbol('odd'))", "Symbol(odd)\n"],
    ["Promise.reject(Object.create(null))", ""],
    [
      "signals.listen('SIGTERM', () => { throw new Error('boom'); }); Deno.kill(Deno.pid, 'SIGTERM')",
      "Error: boom\n    at ",
    ],
    [
      "host.world.names.lookUp('127.0.0.1', () => { throw new Error('boom'); })",
      "Error: boom\n    at ",
    ],
    ["(function f() { f(); })()", "RangeError: Maximum call stack"],
  ];
  for (const [source, described] of rows) {
    const { code, signal, stdout, stderr } = await runScript(
      `${setUp}setTimeout(() => { ${source}; }); ${endCrashed}`,
    );
    assertEquals([code, signal, stdout], [1, null, ""], source);
    assertStringIncludes(stderr, `lifesign: Crashed: ${described}`, source);
  }
});

Deno.test("end() lets everything be written that was queued, in its order", async () => {
  await using process = startScript(`${setUp}
    for (let k = 0; k < 100_000; k++) terminal.write(k + "\\n");
    terminal.writeError("last words\\n");
    await end(10);
  `);
  const { code, stdout, stderr } = await process.end();
  assertEquals([code, stderr], [10, "last words\n"]);
  const lines = stdout.split("\n");
  assertEquals(lines.length, 100_001);
  assert(lines.slice(0, -1).every((line, k) => line === `${k}`));
});

Deno.test("end() comes to its end where nothing can be written", async () => {
  const script = `${setUp}
    terminal.write("lost\\n");
    terminal.writeError("last words\\n");
    await end(20);
  `;
  for (const where of ["/dev/full", "/dev/null", "&-"]) {
    const { code, stderr } = await runScript(script, {
      shell: `exec "$@" >${where}`,
    });
    const loss = where === "/dev/full"
      ? "lifesign: Cannot write to stdout: No space left on device (os error 28)\n"
      : "";
    assertEquals([code, stderr], [20, `last words\n${loss}`], where);
  }
  const { stderr } = await runScript(script, {
    shell: `{ sleep 0; "$@"; echo "status $?" >&2; } | true`,
  });
  assertEquals(stderr, "last words\nstatus 20\n");
});

Deno.test("end() dies of SIGINT with 130 alone, once everything is written", async () => {
  for (const code of [0, 1, 10, 64, 130]) {
    const outcome = await runScript(`${setUp}
      signals.listen("SIGINT", () => {});
      terminal.write("written\\n");
      await end(${code});
    `);
    assertEquals(outcome, {
      code,
      signal: code === 130 ? "SIGINT" : null,
      stdout: "written\n",
      stderr: "",
    });
  }
});

/** More than a pipe takes and than is read ahead. */
const tooMuch = `terminal.write("x".repeat(1_000_000));`;

Deno.test("end() waits for no reader after a signal", async () => {
  await using process = startScript(`${setUp}
    ${tooMuch}
    signals.listen("SIGTERM", () => end(0));
    terminal.readLines(() => Deno.kill(Deno.pid, "SIGTERM"));
  `);
  await process.write("now\n");
  const { code, signal } = await process.end({ read: false });
  assertEquals([code, signal], [0, null]);
});

Deno.test("end() waits for no reader any longer when a signal comes meanwhile", async () => {
  await using process = startScript(`${setUp}
    ${tooMuch}
    signals.listen("SIGTERM", () => {});
    terminal.readLines(() => Deno.kill(Deno.pid, "SIGTERM"));
    await end(10);
  `);
  await process.write("now\n");
  const { code, signal } = await process.end({ read: false });
  assertEquals([code, signal], [10, null]);
});

Deno.test("world is that of the process", async () => {
  const { stdout, stderr } = await runScript(
    `${setUp}
      const { environment, random, files } = host.world;
      const numbers = Array.from({ length: 1000 }, random);
      console.log(JSON.stringify([
        terminal.isTerminal,
        environment.get("LIFESIGN_UID"),
        environment.get("LIFESIGN_EMPTY"),
        environment.get("LIFESIGN_ABSENT") === undefined,
        numbers.every((number) => number >= 0 && number < 1),
        new Set(numbers).size > 990,
        files.user === Deno.uid(),
      ]));
    `,
    { env: { LIFESIGN_UID: "77", LIFESIGN_EMPTY: "" } },
  );
  assertEquals(JSON.parse(stdout), [false, "77", "", true, true, true, true]);
  assertEquals(stderr, "");
});

Deno.test("revokeRun() gives up the right to run other programs, for good", async () => {
  const { code, stdout } = await runScript(`
    ${setUp}
    const state = () => Deno.permissions.querySync({ name: "run" }).state;
    console.log(host.world.pid === Deno.pid, state());
    host.world.revokeRun();
    console.log(state());
  `);
  assertEquals([code, stdout.split("\n")[0]], [0, "true granted"]);
  assert(stdout.split("\n")[1] !== "granted", stdout);
});
