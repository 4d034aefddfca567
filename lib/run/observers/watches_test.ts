import { assertEquals } from "@std/assert";
import { createFakeWorld, elapse } from "../../testing/fake_world.ts";
import { testSession } from "../../session/test_session.ts";
import type { OpenSession } from "../sessions.ts";
import { createWatches } from "./watches.ts";

const hour = 3_600_000;

const peer = { host: "192.0.2.1", port: 3335 };

/** What matters here of a session. */
function session(changes: Partial<OpenSession> = {}): OpenSession {
  return { ...testSession, ...changes } as OpenSession;
}

Deno.test("news() says how a session is watched when that is new, and once a day", async () => {
  const route = { device: "wan", via: null };
  let source = "192.0.2.7";
  const world = createFakeWorld({
    files: { "/etc/hostname": { text: "router\n" } },
    routes: { route: () => ({ ...route, source }) },
  });
  const { clock } = world;
  const watches = createWatches(world);
  await watches.prepare();
  const first = watches.news(session(), peer);
  assertEquals([first?.host, first?.source, first?.target], [
    ...["router", null, "srun://192.0.2.1:3335"],
  ]);
  await elapse(clock, 1);
  assertEquals(watches.news(session(), peer)?.source, "192.0.2.7");
  assertEquals(watches.news(session(), peer), null);
  // Where nobody could be asked nothing has changed.
  assertEquals(watches.news(session(), null), null);
  assertEquals(watches.news(session(), peer), null);
  assertEquals(watches.news(session({ tries: 4 }), peer)?.tries, 4);
  source = "192.0.2.8";
  await elapse(clock, hour + 1);
  assertEquals(watches.news(session({ tries: 4 }), peer), null);
  await elapse(clock, hour + 2);
  const other = watches.news(session({ tries: 4 }), peer);
  assertEquals(other?.source, "192.0.2.8");
  await elapse(clock, 24 * hour);
  assertEquals(watches.news(session({ tries: 4 }), peer), null);
  await elapse(clock, 26 * hour);
  assertEquals(watches.news(session({ tries: 4 }), peer), other);
});

Deno.test("news() knows the source without asking where bind or loopback tells", () => {
  const rows: [bind: string | null, host: string, source: string | null][] = [
    ["192.0.2.9", "192.0.2.1", "192.0.2.9"],
    [null, "127.0.0.1", "127.0.0.1"],
    [null, "/run/socket", null],
  ];
  for (const [bind, host, source] of rows) {
    const world = createFakeWorld();
    const found = createWatches(world).news(session({ bind }), {
      host,
      port: 1,
    });
    assertEquals(found?.source, source);
    assertEquals(world.routes.questions, []);
  }
  const world = createFakeWorld();
  createWatches(world).news(session({ bind: "wan" }), peer);
  assertEquals(world.routes.questions, [{ to: "192.0.2.1", device: "wan" }]);
});
