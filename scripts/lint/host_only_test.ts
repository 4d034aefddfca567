import { assertEquals } from "@std/assert";
import plugin from "./boundaries.ts";
import { checkRows, type Row } from "./check_rows.ts";

/** What is reported about a use. */
function report(name: string): string {
  return `host-only: Cannot use "${name}"`;
}

Deno.test("hostOnly() refuses what reaches the outside", () => {
  const uses: readonly [source: string, name: string][] = [
    ["Deno.cwd();", "Deno"],
    ["const deno: typeof Deno = x;", "Deno"],
    ["type T = typeof Deno.cwd;", "Deno"],
    ["let address: Deno.NetAddr;", "Deno"],
    ["export { Deno };", "Deno"],
    ["const { cwd } = Deno;", "Deno"],
    ["const o = { Deno };", "Deno"],
    ["const o = { [Deno.x]: 1 };", "Deno"],
    ["o[Deno];", "Deno"],
    ["function f(deno = Deno) {}", "Deno"],
    ["setTimeout(f);", "setTimeout"],
    ["setInterval(f);", "setInterval"],
    ["setImmediate(f);", "setImmediate"],
    ["performance.now();", "performance"],
    ["Date.now();", "Date.now"],
    ["const clock = Date.now;", "Date.now"],
    [`Date["now"]();`, "Date.now"],
    ["const { now } = Date;", "Date.now"],
    ["new Date();", "new Date()"],
    ["new Date;", "new Date()"],
    ["Date();", "Date()"],
    ["Temporal.Now.instant();", "Temporal.Now"],
    ["AbortSignal.timeout(1);", "AbortSignal.timeout"],
    ["Math.random();", "Math.random"],
    ["(Math as M)!.random();", "Math.random"],
    ["Math?.random();", "Math.random"],
    ["console.log();", "console"],
    ["fetch(url);", "fetch"],
    ["process.env;", "process"],
    ["globalThis.Deno;", "globalThis"],
    ["globalThis;", "globalThis"],
    ["self.fetch;", "self"],
    ["global.process;", "global"],
    ["crypto.randomUUID();", "crypto"],
  ];
  checkRows(
    uses.map(([source, name]): Row => [
      "lib/probe/datagram/cycle.ts",
      source,
      report(name),
    ]),
  );
  const free = ["main.ts", "lib/host/a.ts", "lib/host/a_test.ts", "tests/a.ts"];
  checkRows(
    [...free, "scripts/a.ts"].flatMap((file) =>
      uses.map(([source]): Row => [file, source])
    ),
  );
  checkRows([
    ["lib/world.ts", "console.log();", report("console")],
    ["lib/testing/a.ts", "Date.now();", report("Date.now")],
  ]);
});

Deno.test("hostOnly() lets conversions and other names alone", () => {
  const sources = [
    "new Date(0).toISOString();",
    "Date.UTC(2026, 1); Date.parse(text);",
    "let date: Date; date instanceof Date;",
    "Math.floor(1); Temporal.Instant; AbortSignal.any([]);",
    "world.console.log(); world?.fetch(); world.clock.performance;",
    "const o = { performance: 1, fetch() {}, get Deno() { return 1; } };",
    "const { performance: p } = world;",
    "class C { performance = 1; fetch() {} static crypto: number; }",
    "abstract class C { abstract process: 1; abstract fetch(): void; }",
    "interface I { performance: 1; fetch(): void; f(console: 1): void; }",
    "type T = { [Deno: string]: 1 }; type U = (console: 1) => void;",
    "type U = [fetch: 1]; enum E { console } type V = A.Deno;",
    `type V = import("./a.ts").Deno;`,
    `export { Deno, a as console } from "./a.ts"; export * as self from "./a.ts";`,
    `import { console as c } from "./a.ts";`,
    "self: for (;;) { if (a) break self; continue self; }",
    "import.meta.url;",
    `"Deno"; // Deno`,
  ];
  checkRows(sources.map((source) => ["lib/probe/datagram/cycle.ts", source]));
});

Deno.test("hostOnly() tells names that a file binds itself", () => {
  const file = "lib/probe/datagram/cycle.ts";
  const sources = [
    "function f(fetch: F) { fetch(); }",
    "function f({ console }: A, [crypto]: B, ...self: C) { console; crypto; self; }",
    "function f({ fetch = 1, a: { process } }: A) { fetch; process; }",
    "const f = (performance: P) => performance.now();",
    "const f = function process() { process(); };",
    "class C { constructor(private readonly process: P) { process; } }",
    "class C { f(console: C) { return () => console; } }",
    "const process = spawn(); process.kill();",
    "const { fetch } = world; fetch();",
    "for (const self of all) self.stop();",
    "try {} catch (process) { process; }",
    "f(); function f() { return fetch(); } function fetch() {}",
    "export class Deno {} new Deno();",
    `import { console } from "./a.ts"; console.log();`,
    `import fetch from "./a.ts"; fetch();`,
    `import * as process from "./a.ts"; process.x;`,
    "function f(console: C): asserts console is D {}",
  ];
  checkRows(sources.map((source) => [file, source]));
  checkRows([
    [file, "function f(fetch: F) {} fetch();", report("fetch")],
    [file, "{ const fetch = 1; } fetch();", report("fetch")],
    [file, "({ console } = world);", report("console")],
  ]);
});

Deno.test("hostOnly() lets unit tests name Deno.test alone", () => {
  const file = "lib/probe/datagram/cycle_test.ts";
  checkRows([
    [file, "Deno.test(f); Deno.test.only(f); Deno.test.ignore(f);"],
    [file, `Deno.bench(f); Deno["test"](f);`],
    [file, "Deno.testing(f);", report("Deno")],
    [file, "Deno.cwd();", report("Deno")],
    [file, "const { test } = Deno;"],
    [file, "const { test, cwd } = Deno;", report("Deno")],
    [file, "const deno = Deno;", report("Deno")],
    [file, "setTimeout(f);", report("setTimeout")],
    ["lib/probe/datagram/cycle.ts", "Deno.test(f);", report("Deno")],
  ]);
});

Deno.test("hostOnly() says what is wanted and where the code belongs", () => {
  const [diagnostic] = Deno.lint.runPlugin(
    plugin,
    "lib/probe/datagram/cycle.ts",
    "const start = Date.now();",
  );
  assertEquals(diagnostic, {
    id: "lifesign/host-only",
    message:
      `Cannot use "Date.now": lib/probe/datagram/cycle.ts does not touch the outside, "Clock" of lib/world.ts is wanted`,
    hint: `Code that needs "Date.now" itself belongs in lib/host/`,
    range: [14, 22],
    fix: [],
  });
});
