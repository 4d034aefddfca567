import { assert, assertEquals } from "@std/assert";
import { exists, reachable, stage } from "./npm.ts";
import { nowhere, outcomeOf, Sandbox } from "./sandbox.ts";

Deno.test("reachable() is true for a server that answers with an error", async () => {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  await using server = Deno.serve(
    options,
    () => new Response("no", { status: 500 }),
  );
  assertEquals(await reachable(`http://127.0.0.1:${server.addr.port}/`), true);
});

Deno.test("reachable() is false where nobody answers", async () => {
  assertEquals(await reachable(nowhere), false);
});

Deno.test("stage() removes what a killed process left, and what it made", async () => {
  await using sandbox = await Sandbox.make();
  const folder = `${sandbox.folder}/result`;
  await Deno.mkdir(`${folder}/.staging/half`, { recursive: true });
  await stage(folder, async (staging) => {
    assertEquals(await Array.fromAsync(Deno.readDir(staging)), []);
    await Deno.writeTextFile(`${staging}/whole`, "");
    await Deno.rename(`${staging}/whole`, `${folder}/whole`);
    await Deno.writeTextFile(`${staging}/rest`, "");
  });
  assertEquals(await sandbox.tree("result"), [".lock", "whole"]);
});

Deno.test("stage() removes what it made when its work fails", async () => {
  await using sandbox = await Sandbox.make();
  const failure = new Error("no");
  const result = stage(`${sandbox.folder}/result`, async (staging) => {
    await Deno.writeTextFile(`${staging}/half`, "");
    throw failure;
  });
  assertEquals(await result.catch((error) => error), failure);
  assert(!await exists(`${sandbox.folder}/result/.staging`));
});

Deno.test("stage() lets one in after the other", async () => {
  await using sandbox = await Sandbox.make();
  const events: string[] = [];
  await Promise.all(
    ["1", "2", "3"].map((name) =>
      stage(`${sandbox.folder}/result`, async (staging) => {
        events.push("in");
        await Deno.mkdir(`${staging}/${name}`);
        assertEquals(await sandbox.tree("result/.staging"), []);
        events.push("out");
      })
    ),
  );
  assertEquals(events, ["in", "out", "in", "out", "in", "out"]);
});

Deno.test("fetchPackage() finds files by path, long ones too", async () => {
  await using sandbox = await Sandbox.make();
  const long = `${"long/".repeat(30)}path.js`;
  const files = { "empty.js": "", "mod.js": "a\n".repeat(300), [long]: "b\n" };
  const source = await sandbox.pack("some@1.0.0", files);
  await sandbox.serve();
  const code = `
    import { fetchPackage } from "${new URL("npm.ts", import.meta.url)}";
    const files = await fetchPackage(${JSON.stringify(source)}, ".");
    const text = (bytes) => new TextDecoder().decode(bytes);
    const entries = files.entries().map(([path, data]) => [path, text(data)]);
    console.log(JSON.stringify(Object.fromEntries(entries)));`;
  const { stdout } = await outcomeOf(sandbox.deno(["eval", code]));
  assertEquals(JSON.parse(stdout), files);
});
