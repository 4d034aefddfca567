import { assertEquals } from "@std/assert";
import { deadUid, decodeRequest, encodeReply } from "../protocol/srun.ts";
import { createFakeWorld } from "../testing/fake_world.ts";
import { keepAlive } from "./agent.ts";
import { type Login, mayLogIn, nextLogin, outlive } from "./login.ts";
import { createSockets } from "../probe/datagram/sockets.ts";
import type { Session } from "./session_state.ts";
import { testSession } from "./test_session.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

Deno.test("nextLogin() doubles the backoff from one minute up to thirty", () => {
  let login: Login | null = null;
  const backoffs = Array.from({ length: 7 }, (_, k) => {
    login = nextLogin(login, k * hour);
    return [login.at / hour, login.backoff / minute];
  });
  assertEquals(backoffs, [1, 2, 4, 8, 16, 30, 30].map((m, k) => [k, m]));
});

Deno.test("mayLogIn() waits for the backoff to pass", () => {
  const rows: [last: Login | null, now: number, may: boolean][] = [
    [null, 0, true],
    [{ at: 5, backoff: minute }, 5, false],
    [{ at: 5, backoff: minute }, minute + 4, false],
    [{ at: 5, backoff: minute }, minute + 5, true],
    [{ at: 5, backoff: 30 * minute }, 29 * minute, false],
  ];
  for (const [last, now, may] of rows) assertEquals(mayLogIn(last, now), may);
});

Deno.test("outlive() forgets a login after ten minutes", () => {
  const login = { at: 5, backoff: 30 * minute };
  assertEquals(outlive(login, 10 * minute + 4), login);
  assertEquals(outlive(login, 10 * minute + 5), null);
  assertEquals(outlive(null, hour), null);
});

const session: Session = { ...testSession, identity: "1", deadAfter: 0 };

/**
 * A session whose UIDs 1, 2, 3 and so on live for so long, in s; each login
 * takes 2 s and leads to the next UID, to `null` after the last one. Returns
 * what was told and asked within a day.
 */
function live(
  lifetimes: readonly number[],
  { isDown = () => false, logins = lifetimes.length - 1, ...change }:
    & { isDown?: (at: number) => boolean; logins?: number }
    & Partial<Session> = {},
) {
  const lines: string[] = [];
  const born = new Map([["1", 0]]);
  const asked: string[] = [];
  const world = createFakeWorld({
    respond({ bytes, at }) {
      const uid = decodeRequest(bytes)!;
      asked.push(`${Math.floor(at / second)} ${uid}`);
      if (isDown(at)) return [];
      const lives = lifetimes[Number(uid) - 1]! * second;
      const isAlive = at - born.get(`${uid}`)! < lives;
      return [{ bytes: encodeReply(isAlive ? uid : deadUid), after: 1 }];
    },
  });
  const { clock } = world;
  const tell = (text: string) =>
    lines.push(`${Math.floor(clock.now() / second)} ${text}`);
  keepAlive({ ...session, ...change }, {
    world,
    sockets: createSockets(world),
    onReport(report) {
      if (report.type === "ended") tell(`ended ${report.verdict}`);
      if (report.type === "transition") tell(`${report.from} ${report.to}`);
    },
    logIn(uid, callback) {
      tell(`log in after ${uid}`);
      clock.setTimer(clock.now() + 2 * second, () => {
        if (Number(uid) > logins) return callback(null);
        const next = `${Number(uid) + 1}`;
        born.set(next, clock.now());
        callback(next);
      });
    },
  });
  clock.runUntil(24 * hour);
  return { lines, asked, pending: clock.pending };
}

Deno.test("keepAlive() goes on with the UID of a new login", () => {
  // A death at the cycle of 120 s counts a second later.
  const { lines, asked } = live([90, Infinity]);
  assertEquals(lines, [
    "0 none alive",
    "121 alive dead",
    "121 log in after 1",
    "123 dead alive",
  ]);
  assertEquals([...new Set(asked)].slice(0, 5), [
    "0 1",
    "60 1",
    "120 1",
    "123 2",
    "183 2",
  ]);
});

Deno.test("keepAlive() ends when nobody has logged in", () => {
  for (const uid of [null, "1"]) {
    const lines: unknown[] = [];
    const world = createFakeWorld({
      respond: () => [{ bytes: encodeReply(deadUid), after: 1 }],
    });
    keepAlive(session, {
      world,
      sockets: createSockets(world),
      onReport: ({ type }) => lines.push(type),
      logIn: (_dead, callback) => callback(uid),
    });
    world.clock.runUntil(hour);
    assertEquals(lines, ["cycle", "transition", "ended"]);
    assertEquals(world.clock.pending, 0);
  }
});

Deno.test("keepAlive() does not log in again within the backoff", () => {
  // The third login's backoff is four minutes.
  const { lines, pending } = live([0, 100, 160, 220, Infinity]);
  assertEquals(lines.filter((line) => !line.endsWith("alive")), [
    "1 none dead",
    "1 log in after 1",
    "124 alive dead",
    "124 log in after 2",
    "307 alive dead",
    "307 log in after 3",
    "550 alive dead",
    "550 log in after 4",
  ]);
  assertEquals(pending > 0, true);
  const storm = live([0, 100, 160, 100, Infinity]);
  assertEquals(storm.lines.slice(-4), [
    "307 log in after 3",
    "309 dead alive",
    "430 alive dead",
    "430 ended dead",
  ]);
  assertEquals(storm.pending, 0);
  const stillborn = live([0, 0, Infinity]);
  assertEquals(stillborn.lines.slice(1), [
    "1 log in after 1",
    "4 ended dead",
  ]);
});

Deno.test("keepAlive() forgets a login that was alive for ten minutes", () => {
  const lifetimes = [0, ...Array.from({ length: 20 }, () => 601), Infinity];
  const { lines } = live(lifetimes);
  const logins = lines.filter((line) => line.includes("log in"));
  assertEquals(logins.length, 21);
  // Ten minutes that nobody saw do not count.
  const isDown = (at: number) => at > 5 * minute && at < 25 * minute;
  const unseen = live([0, 100, 300, 130, Infinity], { isDown });
  assertEquals(unseen.lines.slice(-4), [
    "1517 log in after 3",
    "1519 dead alive",
    "1700 alive dead",
    "1700 ended dead",
  ]);
});

Deno.test("keepAlive() waits for a login as long as it takes, and hears nothing meanwhile", () => {
  const answers: ((uid: string | null) => void)[] = [];
  const lines: string[] = [];
  const world = createFakeWorld({
    // An echo that is late even for a second death reply.
    respond: ({ bytes, at }) =>
      at > hour ? [{ bytes: encodeReply(decodeRequest(bytes)!), after: 1 }] : [
        { bytes: encodeReply(deadUid), after: 1 },
        { bytes: encodeReply(1n), after: 8 * second },
      ],
  });
  const agent = keepAlive({ ...session, giveUpAfter: 2 * minute }, {
    world,
    sockets: createSockets(world),
    onReport: ({ type }) => lines.push(type),
    logIn: (_dead, callback) => answers.push(callback),
  });
  world.clock.runUntil(2 * hour);
  agent.wake();
  world.clock.runUntil(3 * hour);
  assertEquals([lines, answers.length], [["cycle", "transition"], 1]);
  answers[0]!("2");
  answers[0]!("3");
  world.clock.runUntil(3 * hour + second);
  assertEquals(lines.slice(2), ["cycle", "transition"]);
  const uids = world.datagrams.requests.map(({ bytes }) =>
    decodeRequest(bytes)
  );
  assertEquals(uids.slice(-1), [2n]);
});

Deno.test("keepAlive() gives up so long after a login, not after the last life", () => {
  const isDown = (at: number) => at > 122 * second;
  const giveUpAfter = 3 * minute;
  const { lines } = live([90, Infinity], { isDown, giveUpAfter });
  assertEquals(lines.slice(-3), [
    "121 log in after 1",
    "127 dead silent",
    "303 ended silent",
  ]);
});

Deno.test("keepAlive() counts cycles on over a login, and makes no more than it was told", () => {
  const { lines, asked } = live([90, Infinity], { count: 5 });
  assertEquals(lines.slice(-2), ["123 dead alive", "183 ended alive"]);
  assertEquals(asked.length, 10);
  // The login came after the last one.
  assertEquals(live([90, Infinity], { count: 3 }).lines.slice(-2), [
    "121 log in after 1",
    "123 ended dead",
  ]);
});
