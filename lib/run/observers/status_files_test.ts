import { assert, assertEquals } from "@std/assert";
import { app, minute, second } from "../../cli/test_app.ts";
import { deadUid, decodeRequest, encodeReply } from "../../protocol/srun.ts";
import { parseDocument } from "../../status/status_document.ts";
import type { FakeReply, FakeRequest } from "../../testing/fake_network.ts";
import {
  createFakeWorld,
  elapse,
  type FakeWorld,
  type FakeWorldOptions,
  settle,
  toEnd,
} from "../../testing/fake_world.ts";
import type { Fault } from "../../world.ts";

const base = ["run", "-g", "192.0.2.1", "-u", "77"];
const status = "/run/status.json";
const metrics = "/run/lifesign.prom";
const both = ["--status-file", status, "--metrics-file", metrics];

function echo({ bytes }: FakeRequest): FakeReply[] {
  return [{ bytes: encodeReply(decodeRequest(bytes)!), after: 2 }];
}

/** Begins `run` in a world whose gateway echoes all UIDs. */
function begin(args: readonly string[], options: FakeWorldOptions = {}) {
  const world = createFakeWorld({ respond: echo, ...options });
  const code = app([...args], world);
  return {
    world,
    code,
    /** Ends it by SIGTERM. */
    async stop() {
      world.signals.raise("SIGTERM");
      assertEquals(await code, 0);
    },
  };
}

/** A configuration that a test changes. */
function configured(text: string) {
  const files = { "/etc/lifesign.conf": { text } };
  return {
    files,
    /** Changes it, and lets the agent read it. */
    change({ signals }: FakeWorld, text: string) {
      files["/etc/lifesign.conf"] = { text };
      signals.raise("SIGHUP");
    },
  };
}

/** What was written into a file, with the times in ms. */
function written(
  { files }: FakeWorld,
  path: string,
): [at: number, text: string][] {
  return files.replacements.filter((file) => file.path === path)
    .map(({ at, text }) => [at, text]);
}

/** What a status file says at the last. */
function lastStatus(world: FakeWorld, path = status) {
  return parseDocument(written(world, path).at(-1)![1]);
}

/** A wall-clock time so many ms after the start. */
const time = (ms: number) =>
  new Date(Date.UTC(2026, 10, 21, 5, 30) + ms).toISOString();

Deno.test("statusFiles() writes at the start, when something has changed, and at the end", async () => {
  const { world, stop } = begin([...base, ...both]);
  await settle();
  const [first] = written(world, status);
  assertEquals(first![0], 0);
  const { sessions: [session], ...agent } = parseDocument(first![1]);
  // Three series, the spread of a confirmation and a last wait; a name and a UID may take 5 s each; 10 s of slack.
  const budget = 3 * (1_000 + 1_500 + 2_250) + 2_000 + 1_000 + 10_000 +
    10_000;
  assertEquals({ ...agent, version: "" }, {
    version: "",
    pid: 4711,
    started: time(0),
    updated: time(0),
    uptime_ms: 0,
    boot_id: "1b2c3d4e-0000-4000-8000-000000000001",
    stale_after: time(budget),
    stopped: null,
    exit_code: null,
  });
  assertEquals([session!.verdict, session!.next_cycle], [null, time(0)]);

  await elapse(world.clock, 150 * second);
  const times = (path: string) => written(world, path).map(([at]) => at);
  // The first verdict is there after 2 ms, but that is too soon after the start.
  assertEquals(times(status), [0, 1_000, minute + 2, 2 * minute + 2]);
  assertEquals(times(metrics), times(status));
  const running = lastStatus(world);
  assertEquals(running.updated, time(2 * minute + 2));
  assertEquals(running.stale_after, time(3 * minute + budget));
  assertEquals(running.sessions[0]!.next_cycle, time(3 * minute));
  assertEquals(running.sessions[0]!.cycles.alive, 3);

  await stop();
  const { stopped, exit_code, stale_after, sessions } = lastStatus(world);
  assertEquals(
    [stopped, exit_code, stale_after],
    [time(150 * second), 0, null],
  );
  assertEquals(
    [sessions[0]!.verdict, sessions[0]!.next_cycle],
    ["alive", null],
  );
  assertEquals(times(metrics).at(-1), 150 * second);
  assert(written(world, metrics).at(-1)![1].includes(
    'lifesign_cycles_total{session="default",protocol="srun",target="srun://192.0.2.1:3335",verdict="alive"} 3\n',
  ));
  world.clock.runUntil(10 * minute);
  assertEquals(times(status).length, 5);
});

Deno.test("statusFiles() does not hold up many sessions by their metrics", async () => {
  const names = Array.from({ length: 101 }, (_, k) => `s${k}`);
  const sections = names.map((name, k) => `[${name}]\nuid = ${k + 1}\n`);
  const { world, stop } = begin(["run", "-g", "192.0.2.1", ...both], {
    files: { "/etc/lifesign.conf": { text: sections.join("") } },
  });
  for (let turn = 0; turn < 10; turn++) await settle();
  await elapse(world.clock, 1_500);
  const counts = (path: string) =>
    written(world, path).map(([at, text]) => [
      at,
      names.filter((name) => text.includes(`"${name}"`)).length,
    ]);
  assertEquals(counts(metrics), [[0, 0], [1_000, 101]]);
  assertEquals(counts(status), [[0, 101], [1_000, 101]]);
  await stop();
});

Deno.test("statusFiles() writes at most once a second, however often something changes", async () => {
  const often = ["-i", "10ms", "-t", "5ms", "-n", "1"];
  const { world, stop } = begin([...base, ...both, ...often]);
  await elapse(world.clock, 10 * second);
  for (const path of [status, metrics]) {
    assertEquals(
      written(world, path).map(([at]) => at),
      Array.from({ length: 11 }, (_, n) => n * second),
    );
  }
  await stop();
  assertEquals(lastStatus(world).sessions[0]!.cycles.alive, 1_000);
});

Deno.test("statusFiles() never writes a UID", async () => {
  const args = ["run", "-g", "192.0.2.1", "-u", "987654321", "--count=3"];
  const { world, code } = begin([...args, ...both]);
  assertEquals(await toEnd(world.clock, code), 0);
  const texts = world.files.replacements.map(({ text }) => text);
  assert(texts.length >= 6);
  assertEquals(texts.filter((text) => text.includes("987654")), []);
});

Deno.test("statusFiles() says when the first session is late, of those that are not over", async () => {
  const text = "gateway = 192.0.2.1\n[often]\nuid = 1\ninterval = 10s\n" +
    "[rarely]\nuid = 2\ninterval = 1h\n";
  const dead = new Set<bigint>();
  const { world, code } = begin(["run", ...both], {
    files: { "/etc/lifesign.conf": { text } },
    respond({ bytes }) {
      const uid = decodeRequest(bytes)!;
      return [{ bytes: encodeReply(dead.has(uid) ? deadUid : uid), after: 2 }];
    },
  });
  await elapse(world.clock, 15 * second);
  const budget = 37_250;
  const staleAfter = () => lastStatus(world).stale_after;
  assertEquals(staleAfter(), time(20 * second + budget));
  // The metrics say that for each.
  const line = (name: string, ms: number) =>
    `lifesign_stale_after_timestamp_seconds{session="${name}",protocol="srun",target="srun://192.0.2.1:3335"} ${
      Date.parse(time(ms)) / 1000
    }\n`;
  const text1 = written(world, metrics).at(-1)![1];
  assert(text1.includes(line("often", 20 * second + budget)), text1);
  assert(text1.includes(line("rarely", 60 * minute + budget)), text1);

  dead.add(1n);
  await elapse(world.clock, minute);
  assertEquals(staleAfter(), time(60 * minute + budget));
  assertEquals(
    lastStatus(world).sessions.map(({ verdict, next_cycle }) => [
      verdict,
      next_cycle,
    ]),
    [["dead", null], ["alive", time(60 * minute)]],
  );
  const text2 = written(world, metrics).at(-1)![1];
  assert(!text2.includes('after_timestamp_seconds{session="often"'));

  dead.add(2n);
  assertEquals(await toEnd(world.clock, code), 10);
  assertEquals(lastStatus(world).exit_code, 10);
});

Deno.test("statusFiles() ends the program with 73 before anything is sent, if a file can't be written", async () => {
  const unwritable = {
    [status]: { code: "ENOENT", message: "its folder does not exist" },
    [metrics]: { code: "EISDIR", message: "it is a directory" },
  };
  const { world, code } = begin([...base, ...both, "--json"], { unwritable });
  assertEquals(await code, 73);
  assertEquals(world.terminal.output, "");
  assertEquals(
    world.terminal.errors,
    `${status}: Cannot write the status: its folder does not exist
${metrics}: Cannot write the metrics: it is a directory
`,
  );
  assertEquals(world.datagrams.requests, []);
  assertEquals(world.clock.pending, 0);
});

Deno.test("statusFiles() logs once why a file can't be written any more, and goes on", async () => {
  const unwritable: Record<string, Fault> = {};
  const { world, stop } = begin([...base, ...both], { unwritable });
  await elapse(world.clock, 30 * second);
  unwritable[status] = { code: "ENOSPC", message: "its file system is full" };
  await elapse(world.clock, 30 * minute + 30 * second);
  delete unwritable[status];
  await elapse(world.clock, 31 * minute + 30 * second);
  assertEquals(
    world.terminal.errors.split("\n").filter((line) => line.includes(status)),
    [
      `2026-11-21T05:31:00Z warn ${status}: Cannot write the status: its file system is full; lifesign keeps trying`,
      `2026-11-21T06:00:30Z info ${status}: is written again`,
    ],
  );
  assertEquals(world.datagrams.requests.length, 32);
  assertEquals(lastStatus(world).sessions[0]!.cycles.alive, 32);
  await stop();
});

Deno.test("statusFiles() is waited for two seconds at the end when a disk never answers", async () => {
  const unwritable: Record<string, null> = {};
  const { world, code } = begin([...base, ...both], { unwritable });
  await elapse(world.clock, 30 * second);
  unwritable[status] = null;
  await elapse(world.clock, 5 * minute + 30 * second);
  assertEquals(world.datagrams.requests.length, 6);
  world.signals.raise("SIGTERM");
  const before = world.clock.now();
  assertEquals(await toEnd(world.clock, code), 0);
  assertEquals(world.clock.now() - before, 2 * second);
});

Deno.test("statusFiles() goes on in other files after SIGHUP, and leaves the old ones marked", async () => {
  const config = (lines: string) => `gateway = 192.0.2.1\nuid = 77\n${lines}\n`;
  const { files, change } = configured(
    config(`status_file = ${status}\nmetrics_file = ${metrics}`),
  );
  const environment = { HOME: "/root" };
  const { world, stop } = begin(["run"], { files, environment });
  await elapse(world.clock, 90 * second);
  change(world, config("status_file = ~/new.json"));
  await elapse(world.clock, 91 * second);
  const { stopped, exit_code } = lastStatus(world);
  assertEquals([stopped, exit_code], [time(90 * second), null]);
  assertEquals(written(world, metrics).at(-1), [90 * second, ""]);
  const counted = lastStatus(world, "/root/new.json");
  assertEquals(
    [counted.stopped, counted.sessions[0]!.cycles.alive],
    [null, 2],
  );

  change(world, config(`metrics_file = ${metrics}`));
  await elapse(world.clock, 3 * minute);
  assertEquals(
    lastStatus(world, "/root/new.json").stopped,
    time(91 * second),
  );
  assertEquals(
    written(world, metrics).map(([at]) => at).filter((at) => at > 90 * second),
    [91 * second, 2 * minute + 2],
  );
  await stop();
});

Deno.test("statusFiles() follows the sessions that SIGHUP adds and takes away", async () => {
  const config = (...names: string[]) =>
    `gateway = 192.0.2.1\n${
      names.map((name) => `[${name}]\nuid = ${name.charCodeAt(0)}\n`).join("")
    }`;
  const { files, change } = configured(config("a", "b"));
  const { world, stop } = begin(["run", ...both], { files });
  await elapse(world.clock, 90 * second);
  change(world, config("c", "b"));
  await elapse(world.clock, 92 * second);
  assertEquals(
    lastStatus(world).sessions.map(({ session, cycles }) => [
      session,
      cycles.alive,
    ]),
    [["c", 1], ["b", 2]],
  );
  assert(!written(world, metrics).at(-1)![1].includes('session="a"'));
  await stop();
});
