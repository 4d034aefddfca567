import { assert } from "@std/assert";
import { compile } from "./compile.ts";

Deno.test("compile() makes the same bytes of the same sources", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const main = `${folder}/main.ts`;
    const output = `${folder}/main`;
    await Deno.writeTextFile(main, "console.log(1);\n");
    await compile({ main, output });
    const first = await Deno.readFile(output);
    await compile({ main, output });
    const second = await Deno.readFile(output);
    // A comparison that tells the difference would take minutes.
    assert(first.length === second.length);
    assert(first.every((byte, at) => byte === second[at]));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
