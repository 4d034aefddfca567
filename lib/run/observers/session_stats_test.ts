import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertStrictEquals,
} from "@std/assert";
import { srun } from "../../protocol/srun.ts";
import { createVirtualClock } from "../../testing/virtual_clock.ts";
import { resolve } from "../../config/layers.ts";
import { sessionSettings } from "../../config/settings.ts";
import { noStream } from "../../session/session_state.ts";
import { instantOf } from "../../instant.ts";
import type { Clock } from "../../world.ts";
import type { OpenSession } from "../sessions.ts";
import { createSessionStats } from "./session_stats.ts";
import type { Report } from "../../finding.ts";
import { cycleResult } from "../../status/test_cycle.ts";

const defaults = resolve(sessionSettings, []);
assert("settings" in defaults);
const { settings } = defaults;

function session(name: string, change: Partial<OpenSession> = {}): OpenSession {
  const gateway = { host: "192.0.2.1", port: 3335 };
  const own = { name, gateway, protocol: srun, identity: "77" };
  const plan = { ...own, values: {}, readIdentity: null };
  return { ...settings, ...noStream, also: [], ...plan, ...change };
}

/** The times of a report that comes now. */
const times = (clock: Clock, next: number | null) => ({
  at: instantOf(clock),
  next,
});

const alive: Report = { type: "cycle", result: cycleResult() };

Deno.test("createSessionStats() knows when a session will have reported", async () => {
  const rows: [change: Partial<OpenSession>, allowance: number][] = [
    [{}, 20_000 + 3 * 4_750 + 2_000 + 1_000],
    [{ confirm: 1 }, 20_000 + 2 * 4_750 + 2_000 + 1_000],
    [{ tries: 1, timeout: 100 }, 20_000 + 3 * 100 + 2_000 + 100],
    [{ deadAfter: 0 }, 20_000 + 3 * 4_750 + 1_000],
    [{ jitter: 7_000 }, 20_000 + 3 * 4_750 + 2_000 + 1_000 + 7_000],
  ];
  for (const [change, allowance] of rows) {
    const clock = createVirtualClock();
    clock.runUntil(500);
    const sessionStats = createSessionStats(clock);
    const a = session("a", change);
    await sessionStats.prepare!([a]);
    const known = () =>
      [...sessionStats.entries].map((
        { next, staleAfter },
      ) => [next, staleAfter]);
    assertEquals(known(), [[500, 500 + allowance]]);
    sessionStats.onReport!(a, alive, times(clock, 60_000));
    assertEquals(known(), [[60_000, 60_000 + allowance]]);
    sessionStats.onReport!(
      a,
      { type: "ended", verdict: "dead" },
      times(clock, null),
    );
    assertEquals(known(), [[null, null]]);
  }
});

Deno.test("createSessionStats() follows the sessions, and goes on counting those that stay", async () => {
  const clock = createVirtualClock();
  const sessionStats = createSessionStats(clock);
  const [a, b] = [session("a"), session("b")];
  await sessionStats.prepare!([a, b]);
  for (const session of [a, b]) {
    sessionStats.onReport!(session, alive, times(clock, 60_000));
  }
  const [, before] = sessionStats.entries;
  clock.runUntil(10_000);
  // A new one may have reported before anybody is told of it.
  const c = session("c");
  sessionStats.onReport!(c, alive, times(clock, 70_000));
  sessionStats.onReload!([c, session("d"), session("b")]);
  const found = [...sessionStats.entries];
  assertEquals(
    found.map(({ name, next, recorder }) => [
      name,
      next,
      recorder.read({ wall: 0, uptime: 0 }).cycles.alive,
    ]),
    [["c", 70_000, 1], ["d", 10_000, 0], ["b", 60_000, 1]],
  );
  assertStrictEquals(found[2], before);
  const gateway = { host: "gw.example", port: 1 };
  sessionStats.onReload!([session("b", { gateway })]);
  const [moved] = sessionStats.entries;
  assertNotStrictEquals(moved, before);
  assertEquals(
    [moved!.gateway, moved!.recorder.read({ wall: 0, uptime: 0 }).cycles.alive],
    ["gw.example:1", 1],
  );
});
