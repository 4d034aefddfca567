import { assertEquals } from "@std/assert";
import { app, minute } from "../../cli/test_app.ts";
import { decodeRequest, encodeReply } from "../../protocol/srun.ts";
import { srun } from "../../protocol/srun.ts";
import { createRecorder } from "../../status/statistics.ts";
import {
  createFakeWorld,
  elapse,
  type FakeWorld,
  type FakeWorldOptions,
} from "../../testing/fake_world.ts";
import { countersLine, totalLine } from "./summaries.ts";
import { cycleResult } from "../../status/test_cycle.ts";

/** A file with sessions a, b, and so on. */
function sessions(count: number): FakeWorldOptions {
  const names = [..."abcdefgh"].slice(0, count);
  const text = [
    "gateway = 192.0.2.1",
    ...names.map((name, n) => `[${name}]\nuid = ${n + 1}`),
  ].join("\n");
  return {
    files: { "/etc/lifesign.conf": { text } },
    // The first one is never answered.
    respond: ({ bytes }) => {
      const uid = decodeRequest(bytes)!;
      return uid === 1n ? [] : [{ bytes: encodeReply(uid), after: 2 }];
    },
  };
}

/** The lines of the log that have counters. */
function counters({ terminal }: FakeWorld): string[] {
  return terminal.errors.split("\n").filter((line) => line.includes(" lost"));
}

Deno.test("summaries() writes a line for each session at SIGUSR1", async () => {
  const world = createFakeWorld(sessions(7));
  const code = app(["run"], world);
  await elapse(world.clock, 30 * minute + 5_000);
  world.signals.raise("SIGUSR1");
  const alive =
    "cycles: 31 alive; 31 tries, 0 lost; round trip 2/2/2 ms; answer 2/2 ms; " +
    "without a sign of life 0 % in 15 min, 0 % in 24 h";
  assertEquals(counters(world), [
    "2026-11-21T06:00:05Z info a: silent since 2026-11-21T05:30:04Z; cycles: 32 silent; 96 tries, 96 lost; round trip -; answer -; without a sign of life 100 % in 15 min, 100 % in 24 h",
    ...[..."bcdefg"].map((name) =>
      `2026-11-21T06:00:05Z info ${name}: alive since 2026-11-21T05:30:00Z; ${alive}`
    ),
  ]);
  world.signals.raise("SIGTERM");
  await code;
});

Deno.test("summaries() says at SIGUSR1 that there is no verdict yet", async () => {
  const world = createFakeWorld(sessions(1));
  const code = app(["run"], world);
  world.signals.raise("SIGUSR1");
  await elapse(world.clock, 500);
  world.signals.raise("SIGUSR1");
  assertEquals(counters(world), [
    "2026-11-21T05:30:00Z info a: no verdict yet; cycles: 0; 0 tries, 0 lost; round trip -; answer -; without a sign of life - in 15 min, - in 24 h",
  ]);
  world.signals.raise("SIGTERM");
  await code;
});

Deno.test("summaries() writes hourly, one line for more than five sessions", async () => {
  const rows: [count: number, lines: number][] = [[1, 1], [5, 5], [6, 1]];
  for (const [count, lines] of rows) {
    const world = createFakeWorld(sessions(count));
    const code = app(["run"], world);
    await elapse(world.clock, 150 * minute);
    const times = counters(world).map((line) => line.slice(0, 20));
    const hours = ["2026-11-21T06:30:00Z", "2026-11-21T07:30:00Z"];
    assertEquals(times, hours.flatMap((hour) => Array(lines).fill(hour)));
    world.signals.raise("SIGTERM");
    assertEquals(await code, 0);
    // The sockets that linger are closed by now.
    world.clock.runUntil(151 * minute);
    assertEquals(world.clock.pending, 0);
  }
  const world = createFakeWorld(sessions(6));
  const code = app(["run"], world);
  await elapse(world.clock, 61 * minute);
  assertEquals(counters(world), [
    "2026-11-21T06:30:00Z info 6 sessions: 1 silent, 5 alive; 362 cycles; 486 tries, 186 lost",
  ]);
  world.signals.raise("SIGTERM");
  await code;
});

Deno.test("countersLine() tells what was mended and what was discarded", () => {
  const at = (wall: number) => ({ wall, uptime: wall });
  const recorder = createRecorder(srun);
  const result = cycleResult({
    verdict: "silent",
    rtt: null,
    answerTime: null,
    reasons: { uid: 3, late: 1 },
  });
  recorder.record({ type: "cycle", result }, at(0));
  recorder.record({
    type: "late",
    verdict: "alive",
    rtt: null,
    answerTime: 2210.44,
  }, at(1000));
  const statistics = recorder.read(at(1000));
  assertEquals(
    countersLine("dorm", statistics),
    "dorm: alive since 1970-01-01T00:00:01Z; cycles: 1 silent; 1 try, 1 lost; round trip -; answer 2210.4/2210.4 ms; without a sign of life 0 % in 15 min, 0 % in 24 h; mended: 1; discarded: 3 × uid, 1 × late",
  );
  assertEquals(
    totalLine([statistics, createRecorder(srun).read(at(0))]),
    "2 sessions: 1 alive, 1 no verdict; 1 cycle; 1 try, 1 lost",
  );
});
