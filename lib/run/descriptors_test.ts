import { assertEquals } from "@std/assert";
import { srun } from "../protocol/srun.ts";
import { tcp } from "../protocol/tcp.ts";
import { app } from "../cli/test_app.ts";
import { createFakeWorld } from "../testing/fake_world.ts";
import { descriptorsFor } from "./descriptors.ts";

Deno.test("descriptorsFor() counts the cycles that are under way when nobody answers", () => {
  const session: Parameters<typeof descriptorsFor>[0][number] = {
    interval: 60_000,
    timeout: 1_000,
    tries: 3,
    protocol: srun,
  };
  const rows: [
    many: number,
    change: Partial<typeof session>,
    needed: number,
  ][] = [
    [1, {}, 17],
    [10_000, {}, 808],
    [10_000, { tries: 1 }, 183],
    [10_000, { interval: 4_750 }, 10_016],
    [100, { tries: 2, protocol: tcp }, 316],
  ];
  for (const [many, change, needed] of rows) {
    const sessions = Array.from({ length: many }, () => ({
      ...session,
      ...change,
    }));
    assertEquals(descriptorsFor(sessions), needed, `${many}`);
  }
});

Deno.test("run() says how many descriptors many sessions need, and a few need none to spare", async () => {
  const sections = (many: number) =>
    Array.from({ length: many }, (_, k) => `[s${k}]\nuid = ${k}\n`).join("");
  const start = async (many: number) => {
    const text = `gateway = 192.0.2.1\n${sections(many)}`;
    const files = { "/etc/lifesign.conf": { text } };
    const world = createFakeWorld({ files, freeDescriptors: 30 });
    const code = app(["run"], world);
    for (let turn = 0; turn < 10_000; turn++) await null;
    world.signals.raise("SIGTERM");
    return [await code, world.terminal.errors.split("\n").at(0)];
  };
  const [code, message] = await start(300);
  assertEquals([code, message], [
    78,
    "lifesign: Cannot keep 300 sessions alive with 30 descriptors: they need 40 besides those in use, e.g. by `ulimit -n 128` or LimitNOFILE=128 in the unit",
  ]);
  assertEquals((await start(10))[0], 0);
});
