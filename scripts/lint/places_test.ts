import { assertEquals } from "@std/assert";
import { placeOf, projectPath, resolve } from "./places.ts";

Deno.test("projectPath() finds the project in a file name", () => {
  const rows = [
    ["/home/me/lifesign/lib/host/clock.ts", "lib/host/clock.ts"],
    ["/home/me/lifesign/main.ts", "main.ts"],
    ["/home/me/lifesign/tests/lib/x.ts", "tests/lib/x.ts"],
    ["lib/odd.ts", "lib/odd.ts"],
    ["/elsewhere/lib/host/clock.ts", undefined],
    ["/home/me/lifesign2/main.ts", undefined],
  ] as const;
  for (const [name, expected] of rows) {
    assertEquals(projectPath(name, "/home/me/lifesign/"), expected, name);
  }
  const self = new URL("./places.ts", import.meta.url).pathname;
  assertEquals(projectPath(decodeURIComponent(self)), "scripts/lint/places.ts");
});

Deno.test("placeOf() takes a unit test for its subject", () => {
  const places = ["lib/app.ts", "lib/cli/", "tests/netns/a.ts", "tests/"];
  const rows = [
    ["lib/app.ts", "lib/app.ts"],
    ["lib/app_test.ts", "lib/app.ts"],
    ["lib/cli/commands/check_test.ts", "lib/cli/"],
    ["tests/app_test.ts", "tests/"],
    ["tests/netns/a.ts", "tests/netns/a.ts"],
    ["tests/netns/b.ts", "tests/"],
    ["lib/odd.ts", undefined],
    ["lib/odd/app.ts", undefined],
    ["odd.ts", undefined],
  ] as const;
  for (const [path, place] of rows) {
    assertEquals(placeOf(path, places), place, path);
  }
});

Deno.test("resolve() follows dots up to the root", () => {
  const rows = [
    ["./b.ts", "lib/run/a.ts", "lib/run/b.ts"],
    ["../world.ts", "lib/run/a.ts", "lib/world.ts"],
    ["./../.././lib/world.ts", "lib/run/a.ts", "lib/world.ts"],
    ["./lib/app.ts", "main.ts", "lib/app.ts"],
    ["../../../x.ts", "lib/run/a.ts", undefined],
  ] as const;
  for (const [specifier, importer, path] of rows) {
    assertEquals(resolve(specifier, importer), path, specifier);
  }
});
