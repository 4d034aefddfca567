import { assertEquals } from "@std/assert";
import { deadUid, decodeRequest, encodeReply, srun } from "../protocol/srun.ts";
import { createFakeWorld } from "../testing/fake_world.ts";
import { createFleet } from "./fleet.ts";
import type { Session } from "./session_state.ts";
import { testSession } from "./test_session.ts";

const minute = 60_000;

function session(
  name: string,
  change: Partial<Session> = {},
): Session {
  const identity = `${name.charCodeAt(0)}`;
  return { ...testSession, name, identity, deadAfter: 0, ...change };
}

/** A fleet at a gateway where the sessions in `dead` are dead; it writes down when which session sent. */
function setUp() {
  const dead = new Set<string>();
  const sent: string[] = [];
  const ended: string[] = [];
  const world = createFakeWorld({
    respond({ bytes, at }) {
      const uid = decodeRequest(bytes)!;
      const name = String.fromCharCode(Number(uid));
      sent.push(`${name} ${at / 1000}`);
      const said = dead.has(name) ? deadUid : uid;
      return [{ bytes: encodeReply(said), after: 1 }];
    },
  });
  const fleet = createFleet<Session>({
    world,
    logIn: () => () => {},
    onReport: () => {},
    onEnd: (verdicts) => ended.push(verdicts.join(" ")),
  }, (a, b) => a.interval === b.interval && a.identity === b.identity);
  return { world, fleet, dead, sent, ended };
}

Deno.test("keep() does not disturb a session that is the same as before", () => {
  const { world: { clock }, fleet, sent } = setUp();
  fleet.keep([session("a"), session("b")]);
  clock.runUntil(90_000);
  const often = session("b", { interval: 30_000 });
  fleet.keep([session("a"), often, session("c")]);
  clock.runUntil(2 * minute);
  const wanted = "a 0, b 0, a 60, b 60, c 90, b 90, a 120, b 120";
  assertEquals(sent.join(", "), wanted);
  fleet.keep([session("a")]);
  clock.runUntil(3 * minute);
  assertEquals(sent.slice(8), ["a 180"]);
});

Deno.test("keep() does not bring a session back to life that has died", () => {
  const { world: { clock }, fleet, dead, sent, ended } = setUp();
  dead.add("a");
  fleet.keep([session("a"), session("b")]);
  clock.runUntil(30_000);
  assertEquals([sent.length, ended], [7, []]);
  fleet.keep([session("a"), session("b")]);
  clock.runUntil(50_000);
  assertEquals([sent.length, ended], [7, []]);
  // With another UID it is another session.
  fleet.keep([session("a", { identity: "120" }), session("b")]);
  clock.runUntil(55_000);
  assertEquals(sent.at(-1), "x 50");
});

Deno.test("onEnd() is told when the last session is over, also because the others left", () => {
  const { world: { clock }, fleet, dead, ended } = setUp();
  dead.add("a");
  fleet.keep([session("a"), session("b")]);
  clock.runUntil(30_000);
  fleet.keep([session("a")]);
  assertEquals(ended, ["dead"]);

  const other = setUp();
  other.dead.add("a").add("b");
  other.fleet.keep([session("a"), session("b")]);
  other.world.clock.runUntil(30_000);
  assertEquals(other.ended, ["dead dead"]);
});

Deno.test("stop() stops every session, and leaves no timer behind", () => {
  const { world: { clock, datagrams }, fleet, sent, ended } = setUp();
  fleet.keep([session("a"), session("b")]);
  clock.runUntil(30_000);
  fleet.stop();
  assertEquals(clock.pending, 0);
  clock.runUntil(10 * minute);
  assertEquals([sent.length, ended, datagrams.open], [2, [], 0]);
});

Deno.test("a machine's wake starts a cycle of every session within five seconds", () => {
  const { world: { clock }, fleet, sent } = setUp();
  fleet.keep([session("a"), session("b", { interval: 10 * minute })]);
  clock.runUntil(30_000);
  clock.suspend(8 * 60 * minute);
  clock.runUntil(35_000);
  assertEquals(sent, ["a 0", "b 0", "a 32", "b 32"]);
});

Deno.test("a machine's wake starts the cycles of many one after the other, and they stay spread", () => {
  const { world: { clock }, fleet, sent } = setUp();
  const names = Array.from("abcdefghijklmnopqrst");
  fleet.keep(names.map((name) => session(name)));
  // The last ones have not begun yet.
  clock.runUntil(30);
  assertEquals(sent.splice(0).length, 6);
  clock.suspend(8 * 60 * minute);
  clock.runUntil(10_000);
  assertEquals(
    sent.splice(0).slice(names.length - 6),
    names.map((name, place) => `${name} ${4 + place / 20}`),
  );
  clock.runUntil(minute + 10_000);
  assertEquals(
    sent.splice(0),
    names.map((name, place) => `${name} ${(60_000 + 6 * place) / 1000}`),
  );
  fleet.stop();
});

Deno.test("onReport() is told when the next cycle starts", () => {
  const world = createFakeWorld({
    respond({ bytes, at }) {
      const uid = decodeRequest(bytes)!;
      // Alive, then an answer that comes two seconds late, then dead.
      if (at === 0) return [{ bytes: encodeReply(uid), after: 2 }];
      if (at < 2 * minute) return [{ bytes: encodeReply(uid), after: 6000 }];
      return [{ bytes: encodeReply(deadUid), after: 1 }];
    },
  });
  const told: [at: number, type: string, next: number | null][] = [];
  const fleet = createFleet<Session>({
    world,
    logIn: () => () => {},
    onReport: (_, { type }, next) => told.push([world.clock.now(), type, next]),
    onEnd: () => {},
  }, () => true);
  fleet.keep([session("a")]);
  world.clock.runUntil(3 * minute);
  fleet.stop();
  assertEquals(told, [
    [2, "cycle", minute],
    [2, "transition", minute],
    // A fault, after which the next cycle is due a sixth of an interval later.
    [64_750, "cycle", 70_000],
    [64_750, "transition", 70_000],
    // Mended by the late answer.
    [66_000, "late", 2 * minute],
    [66_000, "transition", 2 * minute],
    [121_001, "cycle", null],
    [121_001, "transition", null],
    [121_001, "ended", null],
  ]);
});

Deno.test("keep() spreads many, and lets none that has changed wait longer than before", () => {
  const { world: { clock }, fleet, sent } = setUp();
  const names = Array.from("abcdefghijklmnopqrst");
  const interval = 100;
  const many = (change: Partial<Session> = {}) =>
    names.map((name) => session(name, { interval, timeout: 10, ...change }));
  fleet.keep(many());
  clock.runUntil(interval - 1);
  const first = names.map((name, place) => `${name} ${place / 200}`);
  assertEquals(sent.splice(0), first);
  clock.runUntil(interval + 45);
  assertEquals(sent.splice(0).length, names.length / 2);
  // The first half has to wait for its own slots, the second one's were due.
  fleet.keep(many({ interval: 200 }));
  const began = clock.now();
  clock.runUntil(began + 199);
  const late = sent.map((line) => Number(line.split(" ")[1]) * 1000 - began);
  // One was being asked for, and goes on.
  assertEquals(sent.length, names.length - 1);
  assertEquals(late.every((ms) => ms < interval), true);
  fleet.stop();
});

Deno.test("a gateway that is dead holds up nobody else's sessions", () => {
  const gone = { host: "192.0.2.2", port: 3335 };
  const times = new Map<bigint, number[]>();
  const world = createFakeWorld({
    respond({ bytes, at, to }) {
      if (to.host === gone.host) return [];
      const uid = decodeRequest(bytes)!;
      times.set(uid, [...times.get(uid) ?? [], at]);
      return [{ bytes: encodeReply(uid), after: 1 }];
    },
  });
  const sessions = Array.from({ length: 1_000 }, (_, at) => ({
    ...session(`${at}`),
    identity: `${at}`,
    ...at % 2 === 0 ? { gateway: gone } : {},
  }));
  const fleet = createFleet<Session>({
    world,
    logIn: () => () => {},
    onReport: () => {},
    onEnd: () => {},
  }, () => true);
  fleet.keep(sessions);
  world.clock.runUntil(10 * minute - 1);
  const cycles = Array.from({ length: 10 }, (_, cycle) => cycle * minute);
  const wanted = Array.from(
    { length: 500 },
    (_, k) => cycles.map((at) => (2 * k + 1) * 6 + at),
  );
  assertEquals([...times.values()], wanted);
  fleet.stop();
});

Deno.test("keep() does not begin a confirmation anew when other settings change", () => {
  const { world: { clock }, fleet, dead, sent, ended } = setUp();
  const change = { deadAfter: 2_000 };
  fleet.keep([session("a", change)]);
  clock.runUntil(minute - 1);
  dead.add("a");
  // At 60 s it is said to be dead; every 300 ms somebody reloads other settings.
  for (let n = 1; n <= 10; n++) {
    clock.runUntil(minute + n * 300);
    fleet.keep([session("a", { ...change, interval: minute + n })]);
  }
  clock.runUntil(minute + 3_100);
  assertEquals(sent.length, 1 + 6);
  assertEquals(ended, ["dead"]);
});

Deno.test("keep() believes no death by a UID from a file that is not read any more", () => {
  const { world: { clock }, fleet, dead, sent, ended } = setUp();
  const reading: ((identity: string | null) => void)[] = [];
  const readIdentity = (callback: (identity: string | null) => void) => {
    reading.push(callback);
  };
  dead.add("a");
  fleet.keep([session("a", { readIdentity })]);
  reading.shift()!("97");
  clock.runUntil(2_000);
  // It is dead if this says so.
  const [last] = reading;
  assertEquals([sent.length, reading.length], [6, 1]);
  fleet.keep([
    session("a", {
      identity: "98",
      interval: 50_000,
      readIdentity: (callback) => callback("98"),
    }),
  ]);
  last!("97");
  clock.runUntil(3_000);
  assertEquals([sent.at(-1), ended], ["b 2", []]);
});

Deno.test("keep() begins anew with another UID, gateway or protocol", () => {
  const others = [
    { identity: "98" },
    { protocol: { ...srun } },
    { gateway: { host: "192.0.2.2", port: 1 } },
  ];
  for (const other of others) {
    const { world: { clock }, fleet, dead, sent, ended } = setUp();
    dead.add("a");
    fleet.keep([session("a", { deadAfter: 2_000 })]);
    clock.runUntil(1_000);
    assertEquals(sent.length, 3);
    dead.delete("a");
    fleet.keep([
      session("a", { deadAfter: 2_000, interval: 50_000, ...other }),
    ]);
    clock.runUntil(1_001);
    assertEquals([sent.length, ended], [4, []]);
    fleet.stop();
  }
});

Deno.test("ask() asks each session now, and disturbs neither its rate nor a cycle under way", () => {
  const { world: { clock }, fleet, sent } = setUp();
  fleet.keep([session("a"), session("b")]);
  clock.runUntil(10_000);
  fleet.ask();
  fleet.ask();
  clock.runUntil(2 * minute);
  assertEquals(sent, [
    "a 0",
    "b 0",
    "a 10",
    "b 10",
    "a 60",
    "b 60",
    "a 120",
    "b 120",
  ]);
});
