import { assertEquals } from "@std/assert";
import {
  assertOutcome,
  assertQuiet,
  assertStops,
  inFolder,
  lifesign,
  quote,
  sh,
  start,
  startGateway,
} from "../harness.ts";

/** Writes settings of so many sessions. */
async function configure(
  folder: string,
  many: number,
  settings: readonly string[],
): Promise<string> {
  const path = `${folder}/lifesign.conf`;
  const sections = Array.from(
    { length: many },
    (_, k) => `[s${k}]\nuid = ${k + 1}\n`,
  );
  const text = `${settings.join("\n")}\n${sections.join("")}`;
  await Deno.writeTextFile(path, text, { mode: 0o600 });
  return path;
}

inFolder.test("run begins with ten thousand sessions one after the other, and tells of all of them", async (folder) => {
  const many = 10_000;
  await using gateway = await startGateway();
  const status = `${folder}/status.json`;
  const metrics = `${folder}/lifesign.prom`;
  const file = await configure(folder, many, [
    `gateway = ${gateway.address}`,
    `status_file = ${status}`,
    `metrics_file = ${metrics}`,
  ]);
  await using agent = start(["run", "--json", "-c", file]);
  // Those whose turn is first have their verdicts long before the others'.
  const some = 100;
  const alive = new Set<unknown>();
  while (alive.size < some) {
    const { session, verdict } = await agent.cycle();
    assertEquals(verdict, "alive");
    alive.add(session);
  }
  const isEarly = (name: unknown) => Number(`${name}`.slice(1)) < many / 2;
  assertEquals([...alive].filter((name) => !isEarly(name)), []);
  while (await tried(metrics) < many) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await assertStops(agent);
  const { sessions } = JSON.parse(await Deno.readTextFile(status));
  assertEquals(sessions.length, many);
  assertEquals(await tried(metrics), many);
});

/** How many sessions a metrics file tells of. */
async function tried(path: string): Promise<number> {
  const text = await Deno.readTextFile(path);
  return text.split("\n")
    .filter((line) => line.startsWith("lifesign_tries_total{")).length;
}

inFolder.test("run lets heartbeats wait for descriptors, and says how many it needs", async (folder) => {
  const many = 300;
  await using gateway = await startGateway();
  const file = await configure(folder, many, [
    `gateway = ${gateway.address}`,
  ]);
  const limited = (descriptors: number) =>
    `ulimit -n ${descriptors}; exec ${quote(lifesign)} run --json -c ${
      quote(file)
    }`;
  await using agent = start(["-c", limited(64)], { command: "/bin/sh" });
  const alive = new Set<unknown>();
  while (alive.size < many) {
    const { session, verdict } = await agent.cycle();
    assertEquals(verdict, "alive");
    alive.add(session);
  }
  const outcome = await sh(limited(40));
  assertOutcome(outcome, { code: 78, stdout: "" });
  assertEquals(
    /Cannot keep 300 sessions alive.*40 besides/.test(outcome.stderr),
    true,
  );
});

inFolder.test("check lets heartbeats wait for descriptors, too", async (folder) => {
  await using gateway = await startGateway();
  const file = await configure(folder, 300, [
    `gateway = ${gateway.address}`,
  ]);
  const outcome = await sh(
    `ulimit -n 64; exec ${quote(lifesign)} check -q -c ${quote(file)}`,
  );
  assertQuiet(outcome);
});
