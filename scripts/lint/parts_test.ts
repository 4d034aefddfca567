import { assertEquals } from "@std/assert";
import { partOf, projectPath, resolve } from "./parts.ts";

const ROOT = "/home/me/lifesign/";

const PATHS: readonly [string, string | undefined][] = [
  [
    "/home/me/lifesign/lib/probe/datagram/cycle.ts",
    "lib/probe/datagram/cycle.ts",
  ],
  ["/home/me/lifesign/main.ts", "main.ts"],
  ["/home/me/lifesign/odd.ts", "odd.ts"],
  ["/home/me/lifesign/tests/lib/x.ts", "tests/lib/x.ts"],
  ["lib/probe/datagram/cycle.ts", "lib/probe/datagram/cycle.ts"],
  ["./lib/probe/datagram/cycle.ts", "lib/probe/datagram/cycle.ts"],
  ["lib/odd.ts", "lib/odd.ts"],
  ["tests/lib/x.ts", "tests/lib/x.ts"],
  ["main.ts", "main.ts"],
  ["/elsewhere/lib/probe/datagram/cycle.ts", "lib/probe/datagram/cycle.ts"],
  ["/lib/lifesign/lib/probe/datagram/cycle.ts", "lib/probe/datagram/cycle.ts"],
  ["/elsewhere/main.ts", "main.ts"],
  ["C:\\lifesign\\lib\\cli\\help.ts", "lib/cli/help.ts"],
  ["/elsewhere/odd.ts", undefined],
  ["/elsewhere/domain.ts", undefined],
  ["odd.ts", undefined],
];

Deno.test("projectPath() finds the project in a file name", () => {
  for (const [name, expected] of PATHS) {
    assertEquals(projectPath(name, ROOT), expected, name);
  }
});

Deno.test("projectPath() knows the root from its own place", () => {
  const self = new URL("./parts.ts", import.meta.url).pathname;
  assertEquals(projectPath(self), "scripts/lint/parts.ts");
});

Deno.test("partOf() takes a unit test for its subject", () => {
  const rows = [
    ["lib/verdict.ts", "verdict"],
    ["lib/verdict_test.ts", "verdict"],
    ["lib/app_test.ts", "app"],
    ["lib/cli/commands/check_test.ts", "cli"],
    ["tests/verdict_test.ts", "tests"],
    ["lib/odd.ts", undefined],
    ["lib/odd/odd.ts", undefined],
    ["lib/main.ts", undefined],
    ["odd.ts", undefined],
  ] as const;
  for (const [path, part] of rows) assertEquals(partOf(path), part, path);
});

Deno.test("resolve() follows dots up to the root", () => {
  const rows = [
    ["./b.ts", "lib/agent/a.ts", "lib/agent/b.ts"],
    ["../world.ts", "lib/agent/a.ts", "lib/world.ts"],
    ["./../.././lib//world.ts", "lib/agent/a.ts", "lib/world.ts"],
    ["./lib/app.ts", "main.ts", "lib/app.ts"],
    ["../../../x.ts", "lib/agent/a.ts", undefined],
  ] as const;
  for (const [specifier, importer, path] of rows) {
    assertEquals(resolve(specifier, importer), path, specifier);
  }
});
