import { assertEquals } from "@std/assert";
import {
  assertOutcome,
  inFolder,
  lifesign,
  quote,
  run,
  sh,
  start,
  startGateway,
} from "./harness.ts";

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

Deno.test("run keeps ten thousand sessions alive, and tells of all of them", async () => {
  await inFolder(async (folder) => {
    const many = 10_000;
    await using gateway = await startGateway();
    const file = await configure(folder, many, [
      `gateway = ${gateway.address}`,
      `status_file = ${folder}/status.json`,
      `metrics_file = ${folder}/lifesign.prom`,
    ]);
    // It ends by itself, and with 0 only if all of them are alive.
    const outcome = await run(
      ["run", "-c", file, "--count=1", "--log-level=error"],
    );
    assertOutcome(outcome, { code: 0, stdout: "", stderr: "" });
    const text = await Deno.readTextFile(`${folder}/status.json`);
    const { sessions }: { sessions: { verdict: string }[] } = JSON.parse(text);
    assertEquals(sessions.length, many);
    assertEquals(
      new Set(sessions.map(({ verdict }) => verdict)),
      new Set(["alive"]),
    );
    const metrics = await Deno.readTextFile(`${folder}/lifesign.prom`);
    const families = metrics.split("\n")
      .filter((line) => line.startsWith("lifesign_tries_total{"));
    assertEquals(families.length, many);
  });
});

Deno.test("run lets heartbeats wait for descriptors, and says how many it needs", async () => {
  await inFolder(async (folder) => {
    const many = 300;
    await using gateway = await startGateway();
    const file = await configure(folder, many, [
      `gateway = ${gateway.address}`,
    ]);
    const limited = (descriptors: number) =>
      `ulimit -n ${descriptors}; exec ${quote(lifesign)} run --json -c ${file}`;
    await using agent = start(["-c", limited(64)], { command: "/bin/sh" });
    const alive = new Set<unknown>();
    while (alive.size < many) {
      const { session, verdict } = await agent.event(({ event }) =>
        event === "cycle"
      );
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
});
