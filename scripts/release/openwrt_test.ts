import { assert, assertEquals } from "@std/assert";
import {
  openwrtControl,
  openwrtFiles,
  staticFiles,
  type StaticMaterial,
} from "./openwrt.ts";

const material: StaticMaterial = {
  executable: "dist/lifesign-mips-unknown-linux-musl",
  example: "gateway = 192.0.2.1\n",
  license: "MIT of ours\n",
  documents: { "README.md": "# lifesign\n", "docs/install.md": "# Install\n" },
  licences: { QuickJS: "MIT of theirs\n", musl: "MIT as well\n" },
};

Deno.test("staticFiles() and openwrtFiles() have the executable, an init script and licences", () => {
  const paths = (files: readonly { path: string }[]) =>
    files.map(({ path }) => path);
  assertEquals(paths(staticFiles(material)), [
    "lifesign",
    "lifesign.init",
    "lifesign.conf",
    "wan-is-up",
    "LICENSES",
    "README.md",
    "docs/install.md",
  ]);
  assertEquals(paths(openwrtFiles(material)), [
    "usr/sbin/lifesign",
    "etc/init.d/lifesign",
    "usr/share/licenses/lifesign/LICENSES",
  ]);
});

Deno.test("openwrtControl() names version and architecture", () => {
  const text = openwrtControl({
    version: "1.2.3",
    architecture: "mips_24kc",
    size: 1234,
  });
  for (
    const line of [
      "Package: lifesign",
      "Version: 1.2.3-1",
      "Architecture: mips_24kc",
    ]
  ) assert(text.split("\n").includes(line), text);
});
