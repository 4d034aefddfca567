import { assertEquals } from "@std/assert";
import plugin from "./boundaries.ts";
import { checkRows, type Row } from "./check_rows.ts";

/** What is reported about a use. */
function report(name: string): string {
  return `one-exit: Cannot use "${name}"`;
}

Deno.test("oneExit() lets main.ts exit once, at its end", () => {
  const exit = report("Deno.exit");
  checkRows([
    ["main.ts", "await run(); Deno.exit(1);"],
    ["main.ts", "Deno.exit(await run());"],
    ["main.ts", "Deno.exitCode = 1; Deno.exit();"],
    ["main.ts", "Deno.exit(1); run();", exit],
    ["main.ts", "Deno.exit(1); Deno.exit(2);", exit],
    ["main.ts", "Deno.exit(Deno.exit(1));", exit],
    ["main.ts", "if (bad) Deno.exit(1);", exit],
    ["main.ts", "{ Deno.exit(1); }", exit],
    ["main.ts", "run().then(Deno.exit);", exit],
    ["main.ts", "Deno.exit;", exit],
    ["main.ts", "Deno.exit.call(1);", exit],
    ["main.ts", "function f() { Deno.exit(1); }", exit],
    ["main.ts", "process.exit(1);", report("process.exit")],
  ]);
});

Deno.test("oneExit() refuses to end the process elsewhere", () => {
  const uses: readonly [source: string, name: string][] = [
    ["Deno.exit(1);", "Deno.exit"],
    [`Deno["exit"](1);`, "Deno.exit"],
    ["Deno?.exit(1);", "Deno.exit"],
    ["(Deno as D).exit(1);", "Deno.exit"],
    ["globalThis.Deno.exit(1);", "Deno.exit"],
    ["const { exit } = Deno;", "Deno.exit"],
    ["Deno.exitCode = 1;", "Deno.exitCode"],
    ["process.exit(1);", "process.exit"],
    ["process.exitCode = 1;", "process.exitCode"],
    [`import process from "node:process"; process.exit(1);`, "process.exit"],
    [`import { exit } from "node:process"; exit(1);`, "process.exit"],
  ];
  checkRows(
    uses.map(([source, name]): Row => [
      "lib/host/signals.ts",
      source,
      report(name),
    ]),
  );
  checkRows(uses.map(([source]): Row => ["scripts/build.ts", source]));
  const free = uses.filter(([source]) => !source.startsWith("import"));
  checkRows(free.map(([source]): Row => ["tests/harness.ts", source]));
  checkRows([
    ["lib/host/signals.ts", "Deno.exiting; child.exit(); process.kill(1);"],
    ["lib/host/files_test.ts", "Deno.exit(1);", report("Deno.exit")],
    ["lib/app.ts", "Deno.exit(1);", report("Deno.exit")],
  ]);
});

Deno.test("oneExit() says what to do and where the code belongs", () => {
  const texts = ["lib/host/signals.ts", "main.ts"].map((file) =>
    Deno.lint.runPlugin(plugin, file, "Deno.exit(1); 1;").map((
      { message, hint },
    ) => [message, hint])
  );
  assertEquals(texts, [
    [[
      `Cannot use "Deno.exit": the process ends in main.ts alone, return an exit code instead`,
      "The call belongs in main.ts, as its last statement",
    ]],
    [[
      `Cannot use "Deno.exit": this is not the end of main.ts, which calls "Deno.exit(…)" once`,
      "The call belongs in the last statement of the module",
    ]],
  ]);
});
