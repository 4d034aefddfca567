import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { encodeReply } from "../protocol/srun.ts";
import {
  createFakeWorld,
  elapse,
  type FakeWorld,
  settle,
} from "../testing/fake_world.ts";
import { app, minute, second } from "./test_app.ts";

const [status, history] = ["/run/status", "/run/history"];
const files = ["--status-file", status, "--history-file", history];

/** When a router's clock is set, after it has begun in 1970. */
const set = Date.UTC(2026, 10, 21, 5, 30);

/** An agent on a router without a clock, silent from 20 s to 50 s; the clock is set after 90 s. */
async function router(
  ...args: readonly string[]
): Promise<{ world: FakeWorld; jump: () => void; code: Promise<number> }> {
  const world = createFakeWorld({
    wallTime: 0,
    respond: ({ at }) =>
      at > 20 * second && at < 50 * second
        ? []
        : [{ bytes: encodeReply(77n), after: 2 }],
  });
  const own = ["-g", "192.0.2.1", "-u", "77", "-i", "10s", "-t", "1s"];
  const code = app([...args, ...own], world);
  await elapse(world.clock, 90 * second);
  return { world, code, jump: () => world.clock.setWallTime(set) };
}

const lastStatus = ({ files }: FakeWorld) =>
  files.replacements.findLast(({ path }) => path === status)!.text;

/** What another command says at this moment. */
async function tell(world: FakeWorld, ...args: string[]) {
  const log = world.logFiles.opened.get(history)?.text ?? "";
  const reader = createFakeWorld({
    wallTime: world.clock.wallTime() - world.clock.now(),
    files: {
      [status]: { text: lastStatus(world), mode: 0o644 },
      [history]: { text: log, mode: 0o644 },
    },
  });
  reader.clock.runUntil(world.clock.now());
  const code = await app(args, reader);
  return { code, output: reader.terminal.output };
}

Deno.test("status tells of an agent whose machine's clock jumped from 1970", async () => {
  const { world, code, jump } = await router("run", ...files);
  const ask = () => tell(world, "status", "--status-file", status);
  const seen = [await ask()];
  jump();
  seen.push(await ask());
  await elapse(world.clock, 100 * second + 5);
  seen.push(await ask());
  for (const { code, output } of seen) {
    assertEquals(code, 0, output);
    // It is alive again since 50 s.
    const [, , since, lastAlive] = output.split("\n")[2]!.split(/ {2,}/);
    assert(/^(3|4|5)\d s ago$/.test(since!), output);
    assert(/^\d\d? s ago$/.test(lastAlive!), output);
  }
  // Nothing keeps it alive any more, and the clock goes back a day.
  world.clock.setWallTime(set - 24 * 60 * minute);
  const gone = createFakeWorld({
    wallTime: set - 24 * 60 * minute,
    files: { [status]: { text: lastStatus(world), mode: 0o644 } },
  });
  gone.clock.runUntil(10 * minute);
  assertEquals(await app(["status", "--status-file", status], gone), 30);
  world.signals.raise("SIGTERM");
  assertEquals(await code, 0);
});

Deno.test("report draws time right where the clock jumped from 1970", async () => {
  const { world, code, jump } = await router("run", ...files);
  jump();
  await elapse(world.clock, 121 * second);
  const args = ["report", "--json", "--history-file", history];
  const { output } = await tell(world, ...args);
  const { sessions: [figures], clock_set, damaged_lines } = JSON.parse(output);
  assertEquals(damaged_lines, 0);
  assertEquals(clock_set.length, 1);
  assertEquals(figures.unwatched_ms, 0);
  assertEquals(figures.outages.length, 1);
  const [outage] = figures.outages;
  assert(outage.length_ms > 20 * second && outage.length_ms < 40 * second);
  // When it was, by the clock as it is now, is known to a second.
  const start = Date.parse(outage.start) - (set - 90 * second);
  assert(Math.abs(start - 34_750) <= second, `${start}`);
  const page = await tell(world, ...args.filter((arg) => arg !== "--json"));
  assertStringIncludes(
    page.output,
    "The clock of this machine was set forward by ",
  );
  world.signals.raise("SIGTERM");
  assertEquals(await code, 0);
});

Deno.test("watch tells for how long by the clock as it was set", async () => {
  const screen = { columns: 80, rows: 24 };
  const world = createFakeWorld({
    wallTime: 0,
    screen,
    respond: () => [{ bytes: encodeReply(77n), after: 2 }],
  });
  const code = app(["watch", "-g", "192.0.2.1", "-u", "77"], world);
  await elapse(world.clock, 30 * second);
  world.clock.setWallTime(set);
  await elapse(world.clock, 31 * second);
  const shown = world.terminal.screen!.join("\n");
  assertStringIncludes(shown, "\nalive for 30 s, since 05:29:30\n");
  assertStringIncludes(
    shown,
    "\n05:29:30  alive  192.0.2.1:3335, 2 ms, 1 try\n",
  );
  world.terminal.press("q");
  await settle();
  assertEquals(await code, 0);
});

Deno.test("hooks are told since when by the clock as it was set", async () => {
  const told: string[] = [];
  const world = createFakeWorld({
    wallTime: 0,
    respond: ({ at }) =>
      at > 5 * second && at < 15 * second
        ? []
        : [{ bytes: encodeReply(77n), after: 2 }],
    commands({ environment }) {
      told.push(environment["LIFESIGN_HOOK_SINCE"]!);
      const effect = () => world.clock.setWallTime(set);
      return { after: 20 * second, effect };
    },
  });
  const code = app([
    ...["run", "-g", "192.0.2.1", "-u", "77", "-i", "10s", "-t", "1s"],
    ...["--on-fault", "x", "--on-alive", "x"],
  ], world);
  await elapse(world.clock, 50 * second);
  // The second one waits for the first one, which ends at 34.75 s.
  const since = told.map((time) => Date.parse(time));
  assertEquals(since[0], 14_750);
  // The session was alive again a cycle after the fault.
  const before = set - since[1]!;
  assert(before > 10 * second && before < 20 * second, told.join());
  world.signals.raise("SIGTERM");
  assertEquals(await code, 0);
});
