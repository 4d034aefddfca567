import { assert, assertEquals } from "@std/assert";
import { changelog, control, debianVersion } from "./debian.ts";

Deno.test("debianVersion() puts what comes before a release before it", () => {
  const rows = [["1.2.3", "1.2.3"], ["1.2.3-rc.1", "1.2.3~rc.1"], [
    "1.2.3-rc-1+x",
    "1.2.3~rc-1+x",
  ]];
  for (const [version, wanted] of rows) {
    assertEquals(debianVersion(version!), wanted);
  }
});

Deno.test("control() tells dpkg what the package is and needs", () => {
  const text = control({ version: "1.2.3", architecture: "arm64", size: 7 });
  const lines = text.split("\n");
  for (
    const line of [
      "Package: lifesign",
      "Version: 1.2.3",
      "Architecture: arm64",
      "Installed-Size: 7",
      "Depends: adduser, libc6 (>= 2.27), libgcc-s1 | libgcc1",
      // `bind` asks the kernel through it.
      "Recommends: iproute2",
    ]
  ) assert(lines.includes(line), line);
  assert(lines.every((line) => line.length <= 80), text);
  assert(text.endsWith(".\n") && !text.includes("\n\n"), text);
});

Deno.test("changelog() has the form that Debian reads", () => {
  assertEquals(
    changelog("1.2.3", new Date("2026-11-01T08:09:10Z")),
    `lifesign (1.2.3) unstable; urgency=medium

  * CHANGELOG.md tells what has changed.

 -- lifesign authors <authors@lifesign.invalid>  Sun, 01 Nov 2026 08:09:10 +0000
`,
  );
});
