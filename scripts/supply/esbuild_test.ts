import { assertEquals } from "@std/assert";
import { denoVersion } from "./denort.ts";
import type { EsbuildOptions } from "./esbuild.ts";
import type { NpmPackage } from "./npm.ts";
import { calling, outcomeOf, Sandbox } from "./sandbox.ts";

const names: Readonly<Record<string, string>> = {
  "x86_64-unknown-linux-gnu": "esbuild-linux-x64",
  "aarch64-unknown-linux-gnu": "esbuild-linux-arm64",
};
const folder = "deno/dl/esbuild-0.25.5";
const name = names[Deno.build.target]!;

/** Packs a program for the sandbox's npm. */
async function packed(
  sandbox: Sandbox,
  path: string,
): Promise<NpmPackage> {
  const bytes = new TextEncoder().encode("esbuild");
  const source = await sandbox.pack("some@1.0.0", { [path]: bytes });
  await sandbox.serve();
  return source;
}

/** Deno's arguments to call ensureEsbuild(). */
function ensuring(source: NpmPackage, version = denoVersion): string[] {
  const sources = { [Deno.build.target]: source };
  const options: EsbuildOptions = { version, sources };
  return calling(["./esbuild.ts", "ensureEsbuild"], options);
}

Deno.test("ensureEsbuild() puts esbuild where Deno looks, once", async () => {
  await using sandbox = await Sandbox.make();
  const args = ensuring(await packed(sandbox, "bin/esbuild"));
  for (let time = 0; time < 2; time++) {
    const { code, stderr } = await outcomeOf(sandbox.deno(args));
    assertEquals([code, stderr], [0, ""]);
    assertEquals(await sandbox.tree(folder), [".lock", name]);
  }
  const program = `${sandbox.folder}/${folder}/${name}`;
  assertEquals(await Deno.readTextFile(program), "esbuild");
  assertEquals((await Deno.stat(program)).mode! & 0o100, 0o100);
  assertEquals(await sandbox.npmCalls(), ["some@1.0.0"]);
});

Deno.test("ensureEsbuild() leaves another version of Deno its own esbuild", async () => {
  await using sandbox = await Sandbox.make();
  const args = ensuring(await packed(sandbox, "bin/esbuild"), "2.0.0");
  assertEquals((await outcomeOf(sandbox.deno(args))).code, 0);
  assertEquals(await sandbox.npmCalls(), []);
});

Deno.test("ensureEsbuild() refuses what is not the known package", async () => {
  const rows: [path: string, sha512: string | undefined, reason: RegExp][] = [
    ["bin/esbuild", "x", /^Cannot take "some@1\.0\.0" from npm: the SHA-512/],
    [
      "bin/other",
      undefined,
      /^Cannot take esbuild from "some@1\.0\.0": it has/,
    ],
  ];
  for (const [path, sha512, reason] of rows) {
    await using sandbox = await Sandbox.make();
    const source = await packed(sandbox, path);
    const wrong = sha512 === undefined ? source : { ...source, sha512 };
    const { code, stderr } = await outcomeOf(sandbox.deno(ensuring(wrong)));
    assertEquals([code, reason.test(stderr)], [1, true], stderr);
    assertEquals(await sandbox.tree(folder), [".lock"]);
  }
});
