import { assert, assertEquals } from "@std/assert";
import { inFolder } from "./harness.ts";

/** Runs a file with tests that have a limit of a second each; resolves to its exit code and what it prints. */
async function test(folder: string, source: string) {
  const file = `${folder}/slow_test.ts`;
  await Deno.writeTextFile(file, source);
  const preload = new URL("time_limit.ts", import.meta.url).href;
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-config", `--preload=${preload}`, file],
    env: { LIFESIGN_TEST_LIMIT: "1", NO_COLOR: "1" },
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout) };
}

inFolder.test("a test that takes too long fails, whichever way it is given, and the next one runs", async (folder) => {
  const hang = "() => new Promise((resolve) => setInterval(() => 0, 1e6))";
  const { code, stdout } = await test(
    folder,
    `
        Deno.test("by name", ${hang});
        Deno.test({ name: "by object", fn: ${hang} });
        Deno.test({ name: "by both" }, ${hang});
        Deno.test("by options", {}, ${hang});
        Deno.test(async function byFunction(t) {
          await t.step("step", ${hang});
        });
        Deno.test("ignored", { ignore: true }, ${hang});
        Deno.test.ignore("ignored", ${hang});
        Deno.test("quick", () => {});
      `,
  );
  assertEquals(code, 1);
  const names = ["by name", "by object", "by both", "by options"];
  for (const name of [...names, "byFunction"]) {
    assert(stdout.includes(`Error: "${name}" takes longer than 1 s`), stdout);
  }
  assert(/^quick \.\.\. ok /m.test(stdout), stdout);
  assert(/ 1 passed .*\| 5 failed .*\| 2 ignored /.test(stdout), stdout);
});

inFolder.test("a test that takes too long loses what it has started, with what that has started, and can clean up", async (folder) => {
  const { code, stdout } = await test(
    folder,
    `
        Deno.test("waits", async () => {
          const args = ["-c", "sleep 600 & echo $!; wait; echo over"];
          const child = new Deno.Command("sh", { args, stdout: "piped" });
          try {
            const { stdout } = await child.output();
            throw new Error("sleep was " + new TextDecoder().decode(stdout));
          } finally {
            console.log("cleaned up");
          }
        });
      `,
  );
  assertEquals(code, 1);
  assert(stdout.includes('Error: "waits" takes longer than 1 s'), stdout);
  const [, pid = "", rest] = /Error: sleep was (\d+)\n(.*)/.exec(stdout) ??
    [];
  assert(!rest?.includes("over"), stdout);
  assert(/^cleaned up$/m.test(stdout), stdout);
  const state = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "Z");
  assert(/\bZ\b/.test(state), state);
});

inFolder.test("a test that fails in time fails for its own reason", async (folder) => {
  const source = `Deno.test("wrong", () => { throw new Error("own"); });`;
  const { code, stdout } = await test(folder, source);
  assertEquals(code, 1);
  assert(stdout.includes("Error: own"), stdout);
  assert(!stdout.includes("takes longer"), stdout);
});
