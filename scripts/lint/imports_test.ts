import { assertEquals } from "@std/assert";
import plugin from "./boundaries.ts";
import { checkRows, type Row } from "./check_rows.ts";
import { REACH } from "./imports.ts";

/** A source that imports something. */
function from(specifier: string): string {
  return `import "${specifier}";`;
}

/** What is reported about that. */
function report(specifier: string): string {
  return `imports: Cannot import "${specifier}"`;
}

/** Rows for imports that are allowed, and for ones that are not. */
function directions(line: string): Row[] {
  const [file = "", allowed = "", forbidden = ""] = line.split("|")
    .map((cell) => cell.trim());
  const words = (cell: string) => cell.split(" ").filter(Boolean);
  return [
    ...words(allowed).map((it): Row => [file, from(it)]),
    ...words(forbidden).map((it): Row => [file, from(it), report(it)]),
  ];
}

/** What files may import, and what they may not. */
const rows: readonly [title: string, table: string][] = [
  [
    "keeps the directions",
    `
    main.ts | ./lib/app.ts ./lib/host/host.ts | ./lib/verdict.ts ./lib/cli/help.ts ./deno.json @std/log
    lib/app.ts | ./cli/help.ts ./log.ts | ./config/layers.ts ./run/keeping.ts ./protocol/srun.ts ./host/host.ts ./testing/clock.ts
    lib/cli/commands/check.ts | ../../app.ts ../help.ts ../../exit_code.ts ../../run/keeping.ts ../../protocol/srun.ts | ../../host/host.ts ../../../main.ts
    lib/probe/datagram/cycle.ts | ./sockets.ts ../../protocol/srun.ts ../../random.ts | ../../session/schedule.ts ../../gateway/gateway.ts ../../config/layers.ts ../../cli/help.ts
    lib/probe/datagram/cycle.ts | | ../../app.ts ../../testing/clock.ts ../../odd.ts ../../../../odd.ts ./sockets_test.ts
    lib/session/session.ts | ../probe/datagram/cycle.ts ../protocol/srun.ts | ../run/keeping.ts ../config/layers.ts ../status/history.ts
    lib/run/keeping.ts | ../session/fleet.ts ../config/layers.ts ../status/history.ts | ../cli/run.ts ../report/figures.ts ../gateway/gateway.ts
    lib/gateway/gateway.ts | ../protocol/srun.ts | ../session/agent.ts
    lib/status/statistics.ts | ../finding.ts ../protocol/srun.ts | ../config/parsers.ts ../cli/run.ts ../session/agent.ts
    lib/report/figures.ts | ../status/history.ts ../verdict.ts | ../session/agent.ts ../config/parsers.ts ../cli/run.ts
    lib/config/layers.ts | ./file.ts ../protocol/srun.ts | ../session/agent.ts
    lib/protocol/srun.ts | ../verdict.ts | ../config/layers.ts
    lib/host/host.ts | ./clock.ts ../world.ts ../errors.ts ../parsers.ts ../timer_queue.ts | ../random.ts ../verdict.ts ../log.ts ../testing/clock.ts
    lib/testing/clock.ts | ../world.ts ./network.ts | ../host/clock.ts ../verdict.ts
    tests/check_test.ts | ./harness.ts ../lib/exit_code.ts ../lib/verdict.ts ../lib/config/settings.ts |
    tests/check_test.ts | ../scripts/build.ts ./netns/gateway.ts | ../lib/world.ts ../lib/app.ts ../main.ts
    tests/netns/gateway.ts | ../../lib/gateway/gateway.ts ../../lib/host/host.ts ../../lib/world.ts | ../harness.ts ../../lib/session/agent.ts @std/assert
    tests/netns/network.ts | ../harness.ts ./row.ts | ../../lib/gateway/gateway.ts
    scripts/bench/bench.ts | ../../main.ts ../../lib/host/host.ts npm:left-pad |
  `,
  ],
  [
    "keeps the leaves in order",
    `
    lib/exit_code.ts | ./verdict.ts ./errors.ts | ./world.ts ./log.ts
    lib/log.ts | ./visible.ts | ./world.ts ./exit_code.ts
    lib/world.ts | | ./random.ts ./errors.ts
    lib/verdict.ts | | ./exit_code.ts
    lib/errors.ts | | ./verdict.ts
    lib/random.ts | | ./world.ts
  `,
  ],
  [
    "lets unit tests import more",
    `
    lib/probe/datagram/cycle_test.ts | ./cycle.ts ../../testing/clock.ts @std/assert | ../../gateway/gateway.ts ../../host/host.ts ../../../tests/x.ts
    lib/verdict_test.ts | ./verdict.ts | ./errors.ts
    lib/host/clock_test.ts | ../testing/clock.ts | ../verdict.ts
    lib/app_test.ts | ./app.ts ./protocol/srun.ts ./testing/clock.ts | ./host/host.ts ../main.ts
    lib/cli/test_app.ts | ../testing/clock.ts | ../host/host.ts
    lib/cli/app_tests.ts | | ../testing/clock.ts
    lib/cli/commands/check_test.ts | ../../protocol/srun.ts ../../gateway/gateway.ts | ../../host/host.ts
  `,
  ],
  [
    "keeps packages where they belong",
    `
    lib/log.ts | @std/log @std/log/levels | @std/fmt/colors @std/logger @std/cli @std/assert
    lib/cli/args.ts | @std/cli/parse-args @std/fmt | @std/log
    lib/app.ts | | @std/cli @std/fmt/colors
    lib/host/names.ts | node:dns | npm:left-pad
    lib/probe/datagram/cycle.ts | | node:dns @std/assert
    lib/testing/clock.ts | | @std/assert/equals node:fs
    tests/harness.ts | @std/assert | node:fs jsr:@std/assert https://deno.land/x/y.ts file:///x.ts /x.ts dax
  `,
  ],
];

for (const [title, table] of rows) {
  const lines = table.trim().split("\n");
  Deno.test(`imports() ${title}`, () => checkRows(lines.flatMap(directions)));
}

Deno.test("imports() sees every way to import", () => {
  const file = "lib/probe/datagram/cycle.ts";

  const sources = [
    `import app from "../../app.ts";`,
    `import type { App } from "../../app.ts";`,
    `import { type App } from "../../app.ts";`,
    `import * as app from "../../app.ts";`,
    `import app = require("../../app.ts");`,
    `export { app } from "../../app.ts";`,
    `export type { App } from "../../app.ts";`,
    `export * from "../../app.ts";`,
    `export * as app from "../../app.ts";`,
    `await import("../../app.ts");`,
    "await import(`../../app.ts`);",
    `type App = import("../../app.ts").App;`,
    `type App = typeof import("../../app.ts");`,
  ];
  checkRows(sources.map((source) => [file, source, report("../../app.ts")]));
  checkRows([
    [file, "export const a = 1; export { a as b };"],
    [file, "const a = 1; export default a;"],
  ]);
});

Deno.test("imports() refuses a specifier that is not a literal", () => {
  const report = "imports: Cannot import a computed specifier";
  checkRows([
    ["main.ts", "await import(name);", report],
    ["lib/probe/datagram/cycle.ts", "await import(`./${name}.ts`);", report],
    ["lib/host/host.ts", `await import("./a" + ".ts");`, report],
    ["tests/harness.ts", "await import(name);"],
    ["scripts/build.ts", "await import(name);"],
  ]);
});

Deno.test("imports() wants a place for every file", () => {
  checkRows([
    ["lib/odd.ts", "", 'imports: Cannot place "lib/odd.ts"'],
    ["lib/odd_test.ts", "", 'imports: Cannot place "lib/odd_test.ts"'],
    ["lib/odd/odd.ts", "", 'imports: Cannot place "lib/odd/odd.ts"'],
    ["/elsewhere/odd.ts", `import "dax"; Deno.exit();`],
  ]);
});

Deno.test("imports() says what may be imported and where the code belongs", () => {
  const all = "a leaf of lib/";
  const texts: readonly [string, string, string, string][] = [
    [
      "lib/world.ts",
      "./log.ts",
      "nothing",
      "Code that needs lib/log.ts belongs in lib/app.ts, lib/cli/, lib/run/, lib/session/, lib/probe/, lib/protocol/, lib/config/, lib/gateway/, lib/status/ or lib/report/",
    ],
    [
      "lib/version.ts",
      "./testing/clock.ts",
      "deno.json",
      "Code that needs lib/testing/ belongs in tests/ or a unit test",
    ],
    [
      "lib/app.ts",
      "@std/fmt/colors",
      `lib/cli/ or ${all}`,
      "Code that needs @std/fmt belongs in lib/cli/",
    ],
    [
      "lib/app.ts",
      "@std/assert",
      `lib/cli/ or ${all}`,
      "Code that needs @std/assert belongs in tests/ or a unit test",
    ],
    [
      "lib/probe/datagram/cycle.ts",
      "dax",
      `lib/probe/, lib/protocol/ or ${all}`,
      "Only scripts/ may import that: what is shared belongs in a file that both may import",
    ],
  ];
  for (const [file, specifier, reach, hint] of texts) {
    const [found] = Deno.lint.runPlugin(plugin, file, from(specifier));
    const message = `Cannot import "${specifier}": ${file} may import ${reach}`;
    const range: [number, number] = [7, 9 + specifier.length];
    const id = "lifesign/imports";
    assertEquals(found, { id, message, hint, range, fix: [] });
  }
});

Deno.test("REACH names places alone, and has no circle within the program but that of app and cli", () => {
  const reaches = (from: string, to: string, seen: string[] = []): boolean =>
    (REACH[from] ?? []).some((place) =>
      place === to ||
      !seen.includes(place) && reaches(place, to, [...seen, from])
    );
  const places = Object.keys(REACH);
  assertEquals(
    places.filter((place) => reaches(place, place)),
    ["lib/app.ts", "lib/cli/"],
  );
  const named = new Set(Object.values(REACH).flat());
  assertEquals([...named.difference(new Set(places))].toSorted(), [
    "@std/assert",
    "@std/cli",
    "@std/fmt",
    "@std/log",
    "node:",
  ]);
});
