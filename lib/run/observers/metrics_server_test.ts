import { assert, assertEquals } from "@std/assert";
import { app, second } from "../../cli/test_app.ts";
import { decodeRequest, encodeReply } from "../../protocol/srun.ts";
import {
  createFakeWorld,
  elapse,
  type FakeFile,
  settle,
} from "../../testing/fake_world.ts";

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
    places: () => [...world.texts.served.keys()],
    async reload(conf: string) {
      files["conf"] = { text: text(conf) };
      world.signals.raise("SIGHUP");
      await settle();
    },
  };
}

Deno.test("run() serves metrics on this machine alone, and makes them once a second at most", async () => {
  const { world, places, code } = await begin("metrics_listen = 9105");
  assertEquals(places(), ["127.0.0.1:9105"]);
  const { path, render } = world.texts.served.get("127.0.0.1:9105")!;
  assertEquals(path, "/metrics");
  const text = render();
  assert(text.includes('session="default",protocol="srun"'), text);
  assertEquals(text.match(/^lifesign_build_info/gm)?.length, 1);
  await elapse(world.clock, 1_500);
  assertEquals(render(), text);
  await elapse(world.clock, 2_500);
  assert(render() !== text);
  world.signals.raise("SIGTERM");
  assertEquals([await code, places()], [0, []]);
});

Deno.test("run() moves the metrics with its settings, and keeps the old place where the new one is taken", async () => {
  const story = await begin("");
  assertEquals(story.places(), []);
  await story.reload("metrics_listen = [::1]:9105");
  assertEquals(story.places(), ["::1:9105"]);
  const type = "text/plain";
  const other = { path: "/", type, render: () => "" };
  await story.world.texts.serve({ host: "192.0.2.9", port: 9105 }, other);
  await story.reload("metrics_listen = 192.0.2.9:9105");
  assertEquals(story.places(), ["::1:9105", "192.0.2.9:9105"]);
  assert(
    story.world.terminal.errors.includes(
      "warn Cannot serve metrics at 192.0.2.9:9105: 192.0.2.9:9105 is in use",
    ),
  );
  await story.reload("");
  assertEquals(story.places(), ["192.0.2.9:9105"]);
});

Deno.test("run() ends with 73 where it can't serve metrics at the start", async () => {
  const world = createFakeWorld();
  const other = { path: "/", type: "text/plain", render: () => "" };
  await world.texts.serve({ host: "127.0.0.1", port: 9105 }, other);
  const args = ["run", "-g192.0.2.1", "-u77", "--metrics-listen=9105"];
  assertEquals(await app(args, world), 73);
});
