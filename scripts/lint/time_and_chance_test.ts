import { assertEquals } from "@std/assert";
import plugin from "./boundaries.ts";
import { checkRows, type Row } from "./check_rows.ts";

Deno.test("timeAndChance() refuses to ask for them in lib/ outside of lib/host/", () => {
  const uses: readonly [source: string, name: string][] = [
    ["Date.now();", "Date.now"],
    ["const clock = Date.now;", "Date.now"],
    [`Date["now"]();`, "Date.now"],
    ["globalThis.Date.now();", "Date.now"],
    ["const { now } = Date;", "Date.now"],
    ["new Date();", "new Date()"],
    ["new Date;", "new Date()"],
    ["Date();", "Date()"],
    ["Temporal.Now.instant();", "Temporal.Now"],
    ["Math.random();", "Math.random"],
    ["const { floor, random: roll } = Math;", "Math.random"],
  ];
  const files = ["lib/app.ts", "lib/run/a.ts", "lib/run/a_test.ts"];
  checkRows(
    [...files, "lib/testing/a.ts"].flatMap((file) =>
      uses.map(([source, name]): Row => [
        file,
        source,
        `time-and-chance: Cannot use "${name}" in ${file}`,
      ])
    ),
  );
  const free = ["lib/host/a.ts", "lib/host/a_test.ts", "tests/a.ts"];
  checkRows(
    [...free, "scripts/a.ts"].flatMap((file) =>
      uses.map(([source]): Row => [file, source])
    ),
  );
});

Deno.test("timeAndChance() lets conversions and other names alone", () => {
  const sources = [
    "new Date(0).toISOString();",
    "Date.UTC(2026, 1); Date.parse(text);",
    "let date: Date; date instanceof Date; Temporal.Instant;",
    "Math.floor(1); world.clock.now(); world.random();",
    "const o = { now: 1, random() {} };",
  ];
  checkRows(sources.map((source) => ["lib/run/keeping.ts", source]));
});

Deno.test("timeAndChance() says what to use and where the code belongs", () => {
  const [diagnostic] = Deno.lint.runPlugin(
    plugin,
    "lib/run/keeping.ts",
    "const start = Date.now();",
  );
  assertEquals(diagnostic, {
    id: "lifesign/time-and-chance",
    message:
      'Cannot use "Date.now" in lib/run/keeping.ts: use "Clock" of lib/world.ts instead',
    hint: `Code that needs "Date.now" itself belongs in lib/host/`,
    range: [14, 22],
    fix: [],
  });
});
