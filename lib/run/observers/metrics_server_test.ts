import { assert, assertEquals } from "@std/assert";
import { app, second } from "../../cli/test_app.ts";
import { decodeRequest, encodeReply } from "../../protocol/srun.ts";
import {
  createFakeWorld,
  elapse,
  type FakeFile,
  settle,
} from "../../testing/fake_world.ts";
import { ask } from "../test_visitor.ts";

const nobody = { onConnection: () => ({ onBytes() {}, onEnd() {} }) };

/** A world where `run -c conf` has begun with these settings. */
async function begin(conf: string) {
  const text = (conf: string) => `gateway = 192.0.2.1\nuid = 77\n${conf}\n`;
  const files: Record<string, FakeFile> = { conf: { text: text(conf) } };
  const world = createFakeWorld({
    files,
    respond: ({ bytes }) => [
      { bytes: encodeReply(decodeRequest(bytes)!), after: 1 },
    ],
  });
  const code = app(["run", "-c", "conf"], world);
  await elapse(world.clock, second);
  return {
    world,
    code,
    render: (port: number) => ask(world, port, "/metrics"),
    async reload(conf: string) {
      files["conf"] = { text: text(conf) };
      world.signals.raise("SIGHUP");
      await settle();
    },
  };
}

Deno.test("run() serves metrics on this machine alone, and makes them once a second at most", async () => {
  const { world, render, code } = await begin("metrics_listen = 9105");
  const text = await render(9105);
  assert(text.includes('session="default",protocol="srun"'), text);
  assertEquals(text.match(/^lifesign_build_info/gm)?.length, 1);
  await elapse(world.clock, 1_500);
  assertEquals(await render(9105), text);
  await elapse(world.clock, 2_500);
  assert(await render(9105) !== text);
  world.signals.raise("SIGTERM");
  assertEquals([await code, world.listeners.openCount], [0, 0]);
});

Deno.test("run() moves the metrics with its settings, and keeps the old place where the new one is taken", async () => {
  const { world, render, reload } = await begin("");
  assertEquals(world.listeners.openCount, 0);
  await reload("metrics_listen = [::1]:9105");
  assertEquals(
    world.terminal.errors.match(/serves metrics at .*/)?.[0],
    "serves metrics at http://[::1]:9105/metrics",
  );
  const taken = { host: "192.0.2.9", port: 9106 };
  await world.listeners.listen({ at: taken, ...nobody });
  await reload("metrics_listen = 192.0.2.9:9106");
  assert(
    world.terminal.errors.includes(
      "warn Cannot serve metrics at 192.0.2.9:9106: 192.0.2.9:9106 is taken",
    ),
  );
  assert((await render(9105)).includes("lifesign_build_info"));
  await reload("metrics_listen = 9107");
  assert((await render(9107)).includes("lifesign_build_info"));
  assertEquals(await render(9105), "ECONNREFUSED");
  await reload("");
  assertEquals(world.listeners.openCount, 1);
});

Deno.test("run() ends with 73 where it can't serve metrics at the start", async () => {
  const world = createFakeWorld();
  const at = { host: "127.0.0.1", port: 9105 };
  await world.listeners.listen({ at, ...nobody });
  const args = ["run", "-g192.0.2.1", "-u77", "--metrics-listen=9105"];
  assertEquals(await app(args, world), 73);
});
