import { assertEquals } from "@std/assert";
import { missing, unless } from "../../tests/harness.ts";
import type { Bytes } from "./npm.ts";
import { Sandbox } from "./sandbox.ts";
import { zip } from "./zip.ts";

const reason = await missing("unzip");

const cases: { title: string; data: Bytes }[] = [
  { title: "no bytes", data: new Uint8Array() },
  { title: "each byte", data: Uint8Array.from({ length: 256 }, (_, i) => i) },
  { title: "over 65535 bytes", data: new Uint8Array(70_000).fill(7) },
];
for (const { title, data } of cases) {
  Deno.test({
    ...unless(reason, `zip() makes an archive that unzip reads: ${title}`),
    fn: async () => {
      await using sandbox = await Sandbox.make();
      const archive = `${sandbox.folder}/denort.zip`;
      await Deno.writeFile(archive, zip("denort", data).stream());
      const args = ["-p", archive, "denort"];
      const { code, stdout } = await new Deno.Command("unzip", { args })
        .output();
      assertEquals(code, 0);
      assertEquals(stdout, data);
    },
  });
}
