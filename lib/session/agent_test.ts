import { assert, assertEquals } from "@std/assert";
import { deadUid, decodeRequest, encodeReply } from "../protocol/srun.ts";
import { seededRandom } from "../random.ts";
import {
  createFakeNetwork,
  type FakeReply,
  type FakeRequest,
} from "../testing/fake_network.ts";
import {
  createFakeRoutes,
  type FakeRoutesOptions,
  noRoutes,
} from "../testing/fake_routes.ts";
import { createVirtualClock } from "../testing/virtual_clock.ts";
import type { Fault, InterfaceAddress } from "../world.ts";
import { keepAlive } from "./agent.ts";
import { cycleBudget } from "../probe/datagram/cycle.ts";
import { createSockets } from "../probe/datagram/sockets.ts";
import type { CycleResult } from "../finding.ts";
import type { Session } from "./session_state.ts";
import { testSession } from "./test_session.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

const session = testSession;

const named = { gateway: { host: "gw.example", port: 3335 } };

type Respond = (request: FakeRequest) => readonly FakeReply[] | Fault;

/** Runs a session for so long in virtual time; returns what it told as lines, and its world. */
function live(
  respond: Respond,
  { until = hour, seed = 1, ...change }:
    & { until?: number; seed?: number }
    & Partial<Session> = {},
  lookUp: (name: string) => readonly string[] | Fault | null = () => null,
  interfaces: InterfaceAddress[] = [],
  onCycle: (result: CycleResult) => void = () => {},
  routing: FakeRoutesOptions = {},
) {
  const clock = createVirtualClock();
  const random = seededRandom(seed);
  const network = createFakeNetwork({ clock, random, respond });
  const world = {
    clock,
    random,
    datagrams: network,
    interfaces: { addresses: () => interfaces },
    routes: createFakeRoutes(routing, { clock, addresses: () => interfaces }),
    names: {
      lookUp(
        name: string,
        callback: (answer: readonly string[] | Fault) => void,
      ) {
        const answer = lookUp(name);
        if (answer !== null) {
          clock.setTimer(clock.now() + 1, () => callback(answer));
        }
      },
    },
  };
  const lines: string[] = [];
  const agent = keepAlive({ ...session, ...change }, {
    world,
    sockets: createSockets(world),
    onReport(report) {
      const at = `${clock.now() / second} ${report.type}`;
      switch (report.type) {
        case "cycle":
          onCycle(report.result);
          return lines.push(`${at} ${report.result.verdict}`);
        case "late":
          return lines.push(`${at} ${report.verdict}`);
        case "transition":
          return lines.push(`${at} ${report.from} ${report.to}`);
        case "ended":
          return lines.push(`${at} ${report.verdict}`);
      }
    },
  });
  clock.runUntil(until);
  const stop = () => agent.stop();
  const wake = () => agent.wake();
  const { routes } = world;
  return { clock, network, lines, routes, stop, wake };
}

const echo = (after = 1): FakeReply => ({ bytes: encodeReply(77n), after });
const death = (after = 1): FakeReply => ({
  bytes: encodeReply(deadUid),
  after,
});
const noRoute: Fault = { code: "ENETUNREACH", message: "no route" };

/** Only what changed: neither cycles nor late replies. */
function transitions(lines: string[]): string[] {
  return lines.filter((line) => /transition|ended/.test(line));
}

Deno.test("keepAlive() sends one heartbeat an interval for a day, each from another port", () => {
  const { network, lines, clock } = live(() => [echo()], { until: 24 * hour });
  assertEquals(transitions(lines), ["0.001 transition none alive"]);
  assertEquals(
    network.requests.map(({ at }) => at),
    Array.from({ length: 24 * 60 + 1 }, (_, k) => k * minute),
  );
  assert(network.ports.every((port, k) => port !== network.ports[k - 1]));
  assertEquals(decodeRequest(network.requests[0]!.bytes), 77n);
  assertEquals(network.refused, 0);
  // The next slot, and the socket of the cycle that has just ended.
  assert(clock.pending <= 2);
});

Deno.test("keepAlive() binds again when the system offers the last cycle's port", () => {
  // A system that offers the same few ports again and again.
  const offers = [40001, 40001, 40002, 40002, 40003];
  let n = 0;
  const clock = createVirtualClock();
  const network = createFakeNetwork({
    clock,
    random: () => 0,
    respond: () => [echo()],
    nextPort: () => offers[n++ % offers.length]!,
  });
  const world = {
    clock,
    datagrams: network,
    interfaces: { addresses: () => [] },
    routes: noRoutes,
    names: { lookUp: () => {} },
    random: () => 0,
  };
  keepAlive(session, {
    world,
    sockets: createSockets(world),
    onReport: () => {},
  });
  clock.runUntil(hour);
  const ports = network.requests.map(({ port }) => port);
  assertEquals(ports.length, 61);
  assert(ports.every((port, k) => port !== ports[k - 1]));
});

Deno.test("keepAlive() takes sockets that are bound only later", () => {
  const clock = createVirtualClock();
  const lines: string[] = [];
  let port = 40_000;
  const waiting: (() => void)[] = [];
  const world = {
    clock,
    random: () => 0,
    datagrams: { bind: () => noRoute },
    interfaces: { addresses: () => [] },
    routes: noRoutes,
    names: { lookUp() {} },
  };
  keepAlive(session, {
    world,
    sockets: {
      bind(_wanted, callback) {
        const own = ++port;
        waiting.push(() =>
          callback({
            port: own,
            send: () => lines.push(`${own} sends`),
            close: () => lines.push(`${own} is closed`),
          })
        );
      },
      linger: ({ port }) => lines.push(`${port} lingers`),
      decoys: { watch: () => () => {} },
    },
    onReport(report) {
      if (report.type === "cycle") lines.push(report.result.verdict);
    },
  });
  // Two tries wait for a socket: one is enough for both.
  clock.runUntil(1_500);
  waiting.splice(0).forEach((callback) => callback());
  clock.runUntil(9_000);
  const first = ["40001 sends", "40002 is closed", "40001 sends"];
  assertEquals(lines, [...first, "40001 sends", "40001 lingers", "silent"]);
  // Those of the second cycle come when it is over.
  lines.length = 0;
  clock.runUntil(15_000);
  waiting.splice(0).forEach((callback) => callback());
  assertEquals(lines, [
    "silent",
    "40003 is closed",
    "40004 is closed",
    "40005 is closed",
  ]);
});

Deno.test("keepAlive() ends with a death that was confirmed", () => {
  const { network, lines, clock } = live(({ at }) =>
    at < 100 * second ? [echo()] : [death()]
  );
  assertEquals(lines.slice(-4), [
    "60.001 cycle alive",
    "123.001 cycle dead",
    "123.001 transition alive dead",
    "123.001 ended dead",
  ]);
  assertEquals(network.requests.length, 2 + 6);
  assertEquals([network.open, clock.pending], [0, 0]);
});

Deno.test("keepAlive() is quicker after a fault, until it is alive again", () => {
  const { network, lines } = live(
    ({ at }) => at >= minute && at < 5 * minute ? [] : [echo()],
    { tries: 1 },
  );
  assertEquals(network.requests.slice(0, 8).map(({ at }) => at / second), [
    0,
    60,
    70,
    90,
    130,
    190,
    250,
    310,
  ]);
  assertEquals(network.requests[8]!.at / second, 370);
  assertEquals(transitions(lines), [
    "0.001 transition none alive",
    "61 transition alive silent",
    "310.001 transition silent alive",
  ]);
});

Deno.test("keepAlive() is ended by no fault, from the first cycle on", () => {
  const faults: [string, Respond][] = [
    ["silent", () => []],
    ["unsendable", () => noRoute],
    ["garbled", () => [{ bytes: new Uint8Array(3), after: 1 }]],
  ];
  for (const [verdict, respond] of faults) {
    const { lines } = live(respond, { until: 24 * hour });
    assertEquals(transitions(lines), [
      `${verdict === "unsendable" ? 2.5 : 4.75} transition none ${verdict}`,
    ]);
    assert(lines.length > 24 * 59);
  }
});

Deno.test("keepAlive() keeps the rate without drift, whatever a cycle takes", () => {
  const { network } = live(() => [echo(900)], { until: 24 * hour });
  assertEquals(network.requests.at(-1)!.at, 24 * hour);
});

Deno.test("keepAlive() spreads the starts by jitter, never later than the interval", () => {
  const { network } = live(() => [echo()], { jitter: 10 * second });
  const starts = network.requests.map(({ at }) => at);
  const gaps = starts.slice(1).map((at, k) => at - starts[k]!);
  assert(gaps.every((gap) => gap > 50 * second && gap <= minute));
  assert(new Set(gaps).size > 10);
});

Deno.test("keepAlive() hears a reply that is up to ten seconds late", () => {
  const { lines, network } = live(
    ({ at }) => at === 0 ? [echo(10_500)] : [echo()],
    { tries: 1, timeout: second, interval: 2 * minute, until: minute },
  );
  assertEquals(lines, [
    "1 cycle silent",
    "1 transition none silent",
    "10.5 late alive",
    "10.5 transition silent alive",
  ]);
  assertEquals(network.refused, 0);
});

Deno.test("keepAlive() goes back to the interval when a late reply mends a fault", () => {
  const { network } = live(
    ({ at }) => at === 0 ? [echo(2_000)] : [echo()],
    { tries: 1, until: 3 * minute },
  );
  assertEquals(network.requests.map(({ at }) => at / second), [
    0,
    60,
    120,
    180,
  ]);
});

Deno.test("keepAlive() asks again at once when a death reply comes late", () => {
  const { lines, network } = live(
    ({ at }) => [death(at === 0 ? 3_000 : 1)],
    { tries: 1 },
  );
  assertEquals(lines, [
    "1 cycle silent",
    "1 transition none silent",
    "6 cycle dead",
    "6 transition silent dead",
    "6 ended dead",
  ]);
  assertEquals(network.requests.length, 3);
});

Deno.test("keepAlive() is not unsettled by late and double replies while alive", () => {
  const { lines } = live(
    ({ at }) => [echo(), echo(5), death(at % hour === 0 ? 50 : 3_000)],
    { until: 24 * hour },
  );
  assertEquals(transitions(lines), ["0.001 transition none alive"]);
});

Deno.test("keepAlive() notices a death behind any round trip that a series lasts", () => {
  for (const rtt of [0, 200, 600, 1_500, 2_000, 4_700]) {
    const { lines } = live((
      { at },
    ) => [at < minute ? echo(rtt + 1) : death(rtt + 1)]);
    assertEquals(lines.at(-1)?.split(" ")[1], "ended", `${rtt} ms`);
    const budget = cycleBudget(session) / second;
    assert(parseFloat(lines.at(-1)!) <= 60 + budget, `${rtt} ms`);
  }
});

Deno.test("keepAlive() waits longer for a slow gateway's echo, not for one that lost a packet", () => {
  const rows: [echoes: (FakeReply[])[], start: number, wait: number][] = [
    // The first try is lost, so that the echo comes a second later than asked for.
    [[[echo()], [], [echo()]], 120, 1],
    [[[echo(1_500)], [echo(1_500)], [echo(1_500)]], 120, 2.25],
    // It is known from an echo that came late, and no silence forgets it.
    [[[echo(6_000)]], 130, 9],
    [[[echo(1_500)]], 130, 2.25],
    // What somebody forges says nothing about it.
    [[[echo(1_500)], [], [death(5)]], 130, 2.25],
  ];
  for (const [echoes, start, wait] of rows) {
    // The last request of the confirmation is not answered.
    let n = 0;
    const { lines } = live(({ at }) => {
      if (at < 2 * minute) return echoes.shift() ?? [];
      return ++n % 6 === 0 ? [] : [death()];
    });
    assertEquals(lines.at(-1), `${start + 2.001 + wait} ended dead`);
  }
});

Deno.test("keepAlive() counts no death reply of an earlier cycle", () => {
  // Somebody answers the first request of each cycle, and nobody another one.
  let last = -Infinity;
  let cycles = 0;
  const { lines } = live(({ at }) => {
    const isFirst = at - last > 4 * second;
    last = at;
    if (isFirst) cycles++;
    return isFirst ? [death()] : [];
  }, { until: 24 * hour });
  assert(cycles > 1_000, `${cycles}`);
  assertEquals(transitions(lines), ["6.751 transition none silent"]);
});

Deno.test("keepAlive() starts at most one confirmation an interval, whoever forges deaths", () => {
  // Of each cycle somebody answers the first datagram, more often than anybody asked, and the gateway none.
  let last = -Infinity;
  const { network } = live(({ at }) => {
    const isFirst = at - last > 4 * second;
    last = at;
    return isFirst ? [death(), death(2), death(3)] : [];
  }, { jitter: 30 * second, until: 24 * hour });
  // Requests less than a timeout apart belong to a confirmation.
  const isClose = (k: number) =>
    k > 0 && network.requests[k]!.at - network.requests[k - 1]!.at < second / 2;
  const starts = network.requests
    .filter((_, k) => isClose(k) && !isClose(k - 1))
    .map(({ at }) => at);
  assert(starts.length > 24 * 20, `${starts.length}`);
  assert(
    starts.every((at, k) => k === 0 || at - starts[k - 1]! >= minute - second),
  );
});

Deno.test("keepAlive() tries to confirm a death again in the next cycle when only its answers were lost", () => {
  let requests = 0;
  // The first request alone is answered in the first cycle.
  const { lines } = live(() => {
    requests++;
    return requests === 1 || requests > 6 ? [death()] : [];
  });
  assertEquals(transitions(lines), [
    "6.751 transition none silent",
    "13.001 transition silent dead",
    "13.001 ended dead",
  ]);
});

Deno.test("keepAlive() starts no more confirmations because of late deaths", () => {
  // Only what begins a cycle is answered, late.
  let last = -Infinity;
  const { network, lines } = live(({ at }) => {
    const isFirst = at - last > second;
    last = at;
    return isFirst ? [death(3_000)] : [];
  }, {
    tries: 1,
    confirm: 9,
    until: 10 * minute,
  });
  assert(!lines.some((line) => line.includes("dead")));
  // A confirmation a minute, and a request for each cycle between.
  const { length } = network.requests;
  assert(length < 10 * (9 + 4), `${length} datagrams`);
});

Deno.test("keepAlive() notices a death whose replies all come late", () => {
  const rows: [rtt: number, Partial<Session>, within: number][] = [
    [6_000, {}, 30],
    [9_000, {}, 40],
    [600, { timeout: 500, tries: 1, interval: 3_000 }, 6],
    [6_000, { confirm: 1 }, 17],
    [6_000, { confirm: 3, interval: minute }, 60],
  ];
  for (const [rtt, change, within] of rows) {
    const { lines } = live(() => [death(rtt)], change);
    const end = lines.at(-1)!;
    assertEquals(end.split(" ").slice(1), ["ended", "dead"], `${rtt} ms`);
    assert(parseFloat(end) < within, end);
  }
});

Deno.test("keepAlive() confirms a late death as often as is wanted in the cycle that it starts", () => {
  const { lines } = live(({ at }) => [death(at === 0 ? 3_000 : 1)], {
    tries: 1,
    confirm: 3,
  });
  assertEquals(lines.at(-1), "6 ended dead");
});

Deno.test("keepAlive() lets a late echo win while late deaths are about to count", () => {
  // Forged deaths come late; the gateway answers each first request a little later.
  const { lines } = live(
    () => [death(3_000), echo(3_500)],
    { tries: 1, until: 30 * second },
  );
  assert(!lines.some((line) => line.includes("dead")), lines.join());
});

Deno.test("keepAlive() forgets a death reply when a late echo proves it wrong", () => {
  const { lines } = live(({ at }) => {
    if (at === 0) return [death(), echo(3_000)];
    return [];
  }, { tries: 1, until: minute });
  assertEquals(lines.filter((line) => line.includes("cycle")), [
    "3 cycle alive",
  ]);
});

Deno.test("keepAlive() believes a death reply more than an older echo that comes after it", () => {
  const { lines } = live(({ at }) => {
    return at === 0 ? [echo(10_500)] : [death()];
  }, { tries: 1, timeout: 2 * second });
  assertEquals(transitions(lines), [
    "2 transition none silent",
    "10.5 transition silent alive",
    "14.001 transition alive dead",
    "14.001 ended dead",
  ]);
});

Deno.test("keepAlive() does not storm a gateway that answers later than a series lasts", () => {
  const { network, lines } = live(() => [echo(6_000)], {
    interval: 30 * second,
  });
  // A series, and the first try of the cycle that the late echo ends.
  assert(network.requests.length <= 4 * hour / (35 * second) + 4);
  assert(lines.filter((line) => line.includes("transition")).length < 210);
});

Deno.test("keepAlive() hears an echo while the UID is read again", () => {
  let n = 0;
  const { lines } = live(() => n++ === 0 ? [death(), echo(1_500)] : [death()], {
    readIdentity: (callback) => n === 0 && callback("77"),
    until: 30 * second,
  });
  assertEquals(lines, ["1.5 cycle alive", "1.5 transition none alive"]);
});

Deno.test("keepAlive() hears a late echo while the UID is read again after late deaths", () => {
  let reads = 0;
  const { lines } = live(
    ({ at }) => at === 0 ? [death(3_000)] : [death(3_000), echo(5_500)],
    {
      tries: 1,
      until: 20 * second,
      // Before each cycle it answers, before a death it takes its time.
      readIdentity: (callback) => reads++ < 1 && callback("77"),
    },
  );
  assertEquals(transitions(lines), [
    "1 transition none silent",
    "8.5 transition silent alive",
  ]);
});

Deno.test("keepAlive() hears what arrived while the process did not run", () => {
  const clock = createVirtualClock();
  const network = createFakeNetwork({
    clock,
    random: seededRandom(1),
    respond: () => [],
  });
  const verdicts: string[] = [];
  const world = {
    clock,
    random: () => 0,
    datagrams: network,
    interfaces: { addresses: () => [] },
    routes: noRoutes,
    names: { lookUp: () => {} },
  };
  const gateway = session.gateway;
  // When the timers run, the deadline's comes first.
  clock.setTimer(
    second,
    () =>
      clock.setTimer(
        second,
        () => network.deliver(network.ports[0]!, encodeReply(77n), gateway),
      ),
  );
  keepAlive({ ...session, tries: 1 }, {
    world,
    sockets: createSockets(world),
    onReport: (it) => it.type === "cycle" && verdicts.push(it.result.verdict),
  });
  clock.runUntil(30 * second);
  assertEquals(verdicts, ["alive"]);
});

Deno.test("keepAlive() hears an answer that a process which was stopped gets to a moment after its timers", () => {
  const clock = createVirtualClock();
  const network = createFakeNetwork({
    clock,
    random: seededRandom(1),
    respond: () => [],
  });
  const verdicts: string[] = [];
  const world = {
    clock: {
      ...clock,
      // Stopped from before its deadline until long after.
      setTimer: (at: number, callback: () => void) =>
        clock.setTimer(at === second ? 30 * second : at, callback),
    },
    random: () => 0,
    datagrams: network,
    interfaces: { addresses: () => [] },
    routes: noRoutes,
    names: { lookUp: () => {} },
  };
  const { gateway } = session;
  clock.setTimer(
    30 * second + 200,
    () => network.deliver(network.ports[0]!, encodeReply(77n), gateway),
  );
  keepAlive({ ...session, tries: 1 }, {
    world,
    sockets: createSockets(world),
    onReport: (it) => it.type === "cycle" && verdicts.push(it.result.verdict),
  });
  clock.runUntil(31 * second);
  assertEquals(verdicts, ["alive"]);
});

Deno.test("keepAlive() ends a cycle on time, however many datagrams come meanwhile", () => {
  const clock = createVirtualClock();
  const network = createFakeNetwork({
    clock,
    random: seededRandom(1),
    respond: () => [],
  });
  const world = {
    clock,
    random: () => 0,
    datagrams: network,
    interfaces: { addresses: () => [] },
    routes: noRoutes,
    names: { lookUp: () => {} },
  };
  let turns = 0;
  let turnsAtEnd = Infinity;
  keepAlive({ ...session, tries: 1 }, {
    world,
    sockets: createSockets(world),
    onReport: (it) => it.type === "cycle" && (turnsAtEnd = turns),
  });
  // In every turn of the event loop, the deadline's own included, something arrives.
  const flood = () => {
    network.deliver(network.ports[0]!, new Uint8Array(3), session.gateway);
    if (turns++ < 1000) clock.setTimer(second, flood);
  };
  clock.setTimer(second, flood);
  clock.runUntil(second);
  assert(turnsAtEnd < 5, `${turnsAtEnd} turns`);
});

Deno.test("keepAlive() does not drift when timers fire late", () => {
  const clock = createVirtualClock();
  const network = createFakeNetwork({
    clock,
    random: seededRandom(1),
    respond: () => [echo()],
  });
  const world = {
    clock: {
      ...clock,
      setTimer: (at: number, callback: () => void) =>
        clock.setTimer(at + 3, callback),
    },
    random: () => 0,
    datagrams: network,
    interfaces: { addresses: () => [] },
    routes: noRoutes,
    names: { lookUp: () => {} },
  };
  keepAlive(session, {
    world,
    sockets: createSockets(world),
    onReport: () => {},
  });
  clock.runUntil(24 * hour + 10);
  assertEquals(network.requests.length, 24 * 60 + 1);
  assertEquals(network.requests.at(-1)!.at, 24 * hour + 3);
});

Deno.test("keepAlive() tells a late echo only when it mends something", () => {
  const { lines, network } = live(
    ({ at }) => [echo(at === 0 ? 10_500 : 1)],
    { tries: 1, until: 75 * second },
  );
  assertEquals(lines, [
    "1 cycle silent",
    "1 transition none silent",
    "10.001 cycle alive",
    "10.001 transition silent alive",
    "70.001 cycle alive",
  ]);
  assertEquals(network.requests.length, 3);
});

Deno.test("keepAlive() takes no notice of a late death once it has heard an echo", () => {
  const { lines, network } = live(
    ({ at }) => [at === 0 ? death(10_500) : echo()],
    { tries: 1, until: 65 * second },
  );
  assertEquals(lines.at(-1), "10.001 transition silent alive");
  assertEquals(network.requests.length, 2);
});

Deno.test("keepAlive() counts a late death towards the cycle that is under way", () => {
  const { lines, network } = live(
    ({ at }) => [death(at === 0 ? 11_000 : 2_000)],
    { tries: 1, timeout: 5 * second },
  );
  assertEquals(lines.at(-1), "18 ended dead");
  assertEquals(network.requests.length, 3);
});

Deno.test("keepAlive() lets no older cycle's echo win while the UID is read again", () => {
  let reads = 0;
  const { lines } = live(
    ({ at }) => [at === 0 ? echo(7_000) : death()],
    {
      tries: 1,
      interval: 30 * second,
      until: minute,
      // Before each cycle it answers, before a death it takes its time.
      readIdentity: (callback) => reads++ < 2 && callback("77"),
    },
  );
  assertEquals(lines.at(-1), "13.001 ended dead");
});

Deno.test("keepAlive() tells nothing after its end, whatever comes late", () => {
  for (const late of [echo(3_000), death(3_000)]) {
    const { lines } = live(() => [late], { tries: 1, count: 1 });
    assertEquals(lines.at(-1), "1 ended silent");
  }
});

Deno.test("keepAlive() reports what it discarded with the next cycle, by reason and once", () => {
  const reasons: unknown[] = [];
  const stranger = { host: "203.0.113.9", port: 3335 };
  const junk = (
    bytes: number,
    after: number,
    from = session.gateway,
  ): FakeReply => ({ bytes: new Uint8Array(bytes), after, from });
  live(
    ({ at }) =>
      at > 0
        ? [junk(16, 0.5), junk(2, 0.6, stranger), echo()]
        : [junk(3, 500), junk(3, 600)]
          .concat(junk(4, 2_000), junk(5, 2_001), junk(9, 2_002, stranger))
          .concat(echo(3_000), echo(3_001)),
    {
      tries: 1,
      until: 150 * second,
    },
    undefined,
    [],
    (result) => reasons.push(result.reasons),
  );
  assertEquals(reasons, [
    { length: 2 },
    { uid: 1, source: 2, length: 2, late: 1, duplicate: 1 },
    { uid: 1, source: 1 },
  ]);
});

Deno.test("keepAlive() lets sockets linger for ten seconds, not less and not more", () => {
  const heard = live(() => [echo(10_999)], {
    tries: 1,
    count: 1,
    until: minute,
  });
  assertEquals(heard.network.refused, 0);
  const missed = live(() => [echo(11_001)], {
    tries: 1,
    count: 1,
    until: minute,
  });
  assertEquals(missed.network.refused, 1);
});

Deno.test("keepAlive() uses the family of its own address", () => {
  const { network } = live(
    () => [echo()],
    { ...named, bind: "10.0.0.5", until: minute - second },
    () => ["2001:db8::7", "192.0.2.7"],
  );
  assertEquals(network.requests.map(({ to }) => to.host), ["192.0.2.7"]);
});

Deno.test("keepAlive() asks the other addresses before it believes one of them", () => {
  const { lines } = live(
    ({ to }) => [to.host === "192.0.2.7" ? death() : echo()],
    { ...named, until: 30 * second },
    () => ["192.0.2.7", "192.0.2.8", "192.0.2.9"],
  );
  assertEquals(lines[0], "0.403 cycle alive");
});

Deno.test("keepAlive() believes a death when the UID is the same as before", () => {
  const { lines } = live(() => [death()], {
    readIdentity: (callback) => callback("77"),
  });
  assertEquals(lines.at(-1), "3.001 ended dead");
});

Deno.test("keepAlive() takes nothing that is said of an old UID for the new one", () => {
  // The old UID's answers come late: they would end or mend the new one's session.
  for (const late of [death, echo]) {
    const uids = ["77", "78"];
    const { lines } = live(
      ({ bytes }) => decodeRequest(bytes) === 77n ? [late(11_500)] : [],
      {
        tries: 1,
        timeout: 5 * second,
        readIdentity: (callback) => callback(uids.shift() ?? null),
        until: 30 * second,
      },
    );
    assertEquals(transitions(lines), ["5 transition none silent"]);
  }
});

Deno.test("keepAlive() never sends more in a cycle than confirm × tries", () => {
  const { network } = live(() => [death(999)], { confirm: 4, count: 1 });
  assert(network.requests.length <= 12);
});

Deno.test("keepAlive() tolerates so many faults without a transition", () => {
  const { lines } = live(
    ({ at }) => at > minute && at < 5 * minute ? [] : [echo()],
    { tries: 1, tolerate: 2 },
  );
  assertEquals(
    transitions(lines),
    [
      "0.001 transition none alive",
      "151 transition alive silent",
      "310.001 transition silent alive",
    ],
  );
});

Deno.test("keepAlive() tells no transition from one fault to another", () => {
  const { lines } = live(
    ({ at }) => at < 5 * second ? [] : at < 25 * second ? noRoute : [echo()],
    { tries: 1, until: minute },
  );
  assertEquals(lines, [
    "1 cycle silent",
    "1 transition none silent",
    "10 cycle unsendable",
    "30.001 cycle alive",
    "30.001 transition silent alive",
  ]);
});

Deno.test("keepAlive() stops after so many cycles, with the last verdict", () => {
  const { lines } = live(() => [], { count: 2, tries: 1 });
  assertEquals(lines, [
    "1 cycle silent",
    "1 transition none silent",
    "11 cycle silent",
    "11 ended silent",
  ]);
});

Deno.test("keepAlive() gives up after so long without an alive verdict, on time", () => {
  const { lines } = live(({ at }) => at < 90 * second ? [echo()] : [], {
    giveUpAfter: 5 * minute,
    tries: 1,
  });
  // Alive at 60.001 s for the last time; between cycles, so not with a verdict.
  assertEquals(lines.at(-1), "360.001 ended silent");
});

Deno.test("keepAlive() reads the UID before each cycle, and goes on with another one", () => {
  const uids = ["77", "78", null, "79"];
  const { network } = live(
    ({ bytes }) => [{ bytes: encodeReply(decodeRequest(bytes)!), after: 1 }],
    {
      until: 3 * minute,
      readIdentity: (callback) => callback(uids.shift() ?? null),
    },
  );
  assertEquals(
    network.requests.map(({ bytes }) => decodeRequest(bytes)),
    [77n, 78n, 78n, 79n],
  );
});

Deno.test("keepAlive() reads the UID again before a death counts", () => {
  let uid = "77";
  const { lines } = live(({ bytes }) => {
    const asked = decodeRequest(bytes)!;
    if (asked === 77n) {
      uid = "78";
      return [death()];
    }
    return [{ bytes: encodeReply(asked), after: 1 }];
  }, { readIdentity: (callback) => callback(uid), until: minute });
  assertEquals(lines.slice(0, 2), [
    "3.002 cycle alive",
    "3.002 transition none alive",
  ]);
});

Deno.test("keepAlive() puts a death off once while a login has emptied the file with the UID", () => {
  const { lines } = live(() => [death()], {
    readIdentity: (tell) => tell(null),
  });
  assertEquals(transitions(lines), [
    "3.001 transition none silent",
    "73.001 transition silent dead",
    "73.001 ended dead",
  ]);
});

Deno.test("keepAlive() ends a cycle though the UID is another one whenever it is read", () => {
  let uid = 77;
  const { lines, network } = live(() => [death()], {
    readIdentity: (tell) => tell(`${uid++}`),
    count: 1,
  });
  assertEquals(lines.at(-1), "12.004 ended silent");
  assertEquals(network.requests.length, 4 * 6);
});

Deno.test("keepAlive() confirms a new UID's death at once, whatever was confirmed before", () => {
  let uid = "77";
  const { lines } = live(({ bytes }) => {
    if (decodeRequest(bytes) === 77n) uid = "78";
    return [death()];
  }, { readIdentity: (callback) => callback(uid) });
  assertEquals(lines.at(-1), "6.002 ended dead");
});

Deno.test("keepAlive() goes on with the last UID when reading it takes too long", () => {
  const { lines } = live(() => [echo()], {
    readIdentity: () => {},
    until: 30 * second,
  });
  assertEquals(lines[0], "5.001 cycle alive");
  const dead = live(() => [death()], { readIdentity: () => {} });
  assertEquals(dead.lines.at(-1), "13.001 ended dead");
});

Deno.test("keepAlive() uses a UID that was read too late for the next cycle", () => {
  const late: ((uid: string) => void)[] = [];
  const { clock, network } = live(() => [echo()], {
    readIdentity: (callback) => late.push(callback),
    tries: 1,
    until: 30 * second,
  });
  late[0]!("78");
  clock.runUntil(70 * second);
  assertEquals(
    network.requests.map(({ bytes }) => decodeRequest(bytes)),
    [77n, 78n],
  );
});

Deno.test("keepAlive() looks a name up for each cycle and uses addresses of one family", () => {
  const rows: [Partial<Session>, string][] = [
    [{}, "192.0.2.7"],
    [{ family: "4" }, "192.0.2.7"],
    [{ family: "6" }, "2001:db8::7"],
  ];
  for (const [change, host] of rows) {
    let asked = 0;
    const { network } = live(
      () => [echo()],
      { ...named, ...change, until: 3 * minute - second },
      () => (asked++, ["192.0.2.7", "2001:db8::7"]),
    );
    assertEquals(network.requests.map(({ to }) => to.host), [host, host, host]);
    assertEquals(asked, 3);
  }
});

Deno.test("keepAlive() is unresolved while no address is known", () => {
  const unknown: Fault = { code: "ENOTFOUND", message: "name unknown" };
  const rows: [string, Fault | null | string[], string][] = [
    ["an answer that there is none", unknown, "0.001 cycle unresolved"],
    ["no answer", null, "5 cycle unresolved"],
    ["none of the family", ["192.0.2.7"], "0.001 cycle unresolved"],
  ];
  for (const [what, answer, line] of rows) {
    const { lines, network } = live(
      () => [echo()],
      { ...named, family: "6", until: 30 * second },
      () => answer,
    );
    assertEquals(lines[0], line, what);
    assertEquals(network.requests.length, 0);
  }
});

Deno.test("keepAlive() goes on with the last addresses while a look-up fails", () => {
  const answers: (Fault | null | string[])[] = [
    ["192.0.2.7"],
    { code: "EAI_AGAIN", message: "no resolver" },
    null,
    ["192.0.2.8"],
  ];
  const { network } = live(
    () => [echo()],
    { ...named, until: 4 * minute - second },
    () => answers.shift() ?? null,
  );
  assertEquals(network.requests.map(({ to, at }) => [to.host, at]), [
    ["192.0.2.7", 1],
    ["192.0.2.7", minute + 1],
    ["192.0.2.7", 2 * minute + 5 * second],
    ["192.0.2.8", 3 * minute + 1],
  ]);
});

Deno.test("keepAlive() keeps the addresses that it knows, even if none ever answered", () => {
  const answers: (Fault | string[])[] = [
    ["192.0.2.7"],
    { code: "ENOTFOUND", message: "name unknown" },
  ];
  const { network } = live(
    () => [],
    { ...named, tries: 1, until: 15 * second },
    () => answers.shift() ?? null,
  );
  assertEquals(
    network.requests.map(({ to, at }) => [to.host, at]),
    [["192.0.2.7", 1], ["192.0.2.7", 10_001]],
  );
});

Deno.test("keepAlive() uses addresses that came too late for the next cycle", () => {
  const answers: ((hosts: readonly string[]) => void)[] = [];
  const clock = createVirtualClock();
  const network = createFakeNetwork({
    clock,
    random: () => 0,
    respond: () => [],
  });
  const world = {
    clock,
    random: () => 0,
    datagrams: network,
    interfaces: { addresses: () => [] },
    routes: noRoutes,
    names: {
      lookUp: (
        _: string,
        callback: (answer: readonly string[]) => void,
      ) => answers.push(callback),
    },
  };
  keepAlive({ ...session, ...named }, {
    world,
    sockets: createSockets(world),
    onReport: () => {},
  });
  clock.runUntil(7 * second);
  assertEquals(network.requests, []);
  answers[0]!(["192.0.2.7"]);
  clock.runUntil(15 * second);
  assertEquals(network.requests.map(({ to, at }) => [to.host, at]), [
    ["192.0.2.7", 15 * second],
  ]);
});

Deno.test("keepAlive() begins with the address whose echo came late", () => {
  const { network } = live(
    ({ to, at }) => to.host === "192.0.2.8" && at < second ? [echo(4_000)] : [],
    { ...named, tries: 2, timeout: 500, until: 61 * second },
    () => ["192.0.2.7", "192.0.2.8"],
  );
  assertEquals(network.requests.map(({ to, at }) => [to.host, at]), [
    ["192.0.2.7", 1],
    ["192.0.2.8", 501],
    ["192.0.2.8", 60_001],
    ["192.0.2.7", 60_501],
  ]);
});

Deno.test("keepAlive() prefers the address that answered, also while a look-up fails", () => {
  const unknown: Fault = { code: "EAI_AGAIN", message: "no resolver" };
  const both = ["192.0.2.7", "192.0.2.8"];
  const answers = [both, both, unknown, ["192.0.2.7"]];
  const { network } = live(
    ({ to }) => to.host === "192.0.2.8" ? [echo()] : [],
    { ...named, until: 4 * minute - second },
    () => answers.shift() ?? null,
  );
  assertEquals(
    network.requests.map(({ to, at }) => `${at} ${to.host}`),
    [
      "1 192.0.2.7",
      "1001 192.0.2.8",
      "60001 192.0.2.8",
      "120001 192.0.2.8",
      // The name has it no more, so that it comes last.
      "180001 192.0.2.7",
      "181001 192.0.2.8",
    ],
  );
});

Deno.test("keepAlive() tries the other family after a fault, and stays with what works", () => {
  const { network, lines } = live(
    ({ to }) => to.host === "192.0.2.7" ? [echo()] : [],
    { ...named, until: 3 * minute - second, tries: 1 },
    () => ["2001:db8::7", "192.0.2.7"],
  );
  assertEquals(network.requests.map(({ to }) => to.host), [
    "2001:db8::7",
    "192.0.2.7",
    "192.0.2.7",
    "192.0.2.7",
  ]);
  assertEquals(transitions(lines), [
    "1.001 transition none silent",
    "10.002 transition silent alive",
  ]);
});

Deno.test("keepAlive() goes through more addresses than there are tries", () => {
  const hosts = [1, 2, 3, 4, 5].map((k) => `192.0.2.${k}`);
  const { network, lines } = live(
    ({ to }) => to.host === "192.0.2.5" ? [echo()] : [],
    { ...named, until: 30 * second },
    () => hosts,
  );
  assertEquals(network.requests.map(({ to }) => to.host), hosts);
  assertEquals(lines.at(-1), "11.002 transition silent alive");
});

Deno.test("keepAlive() leaves from the address that an interface has at each cycle", () => {
  const has: InterfaceAddress[] = [{ name: "eth0", address: "10.0.0.5" }];
  const { clock, network, lines } = live(
    () => [echo()],
    { bind: "eth0", until: minute - second },
    undefined,
    has,
  );
  has[0] = { name: "eth0", address: "10.0.0.6" };
  clock.runUntil(2 * minute - second);
  has.pop();
  clock.runUntil(3 * minute - second);
  has.push({ name: "eth0", address: "10.0.0.7" });
  clock.runUntil(4 * minute - second);
  assertEquals(network.hosts, ["10.0.0.5", "10.0.0.6", "10.0.0.7"]);
  assertEquals(transitions(lines), [
    "0.001 transition none alive",
    "122.5 transition alive unsendable",
    "190.001 transition unsendable alive",
  ]);
});

Deno.test("keepAlive() uses the family that its interface has", () => {
  const { network } = live(
    () => [echo()],
    { ...named, bind: "tun0", until: minute - second },
    () => ["2001:db8::7", "192.0.2.7"],
    [{ name: "tun0", address: "10.8.0.2" }],
  );
  assertEquals(network.requests.map(({ to, at }) => [to.host, at]), [
    ["192.0.2.7", 1],
  ]);
});

Deno.test("wake() starts a cycle at once, and the rate goes on as before", () => {
  const { clock, network, wake } = live(() => [echo()], {
    until: 30 * second,
  });
  wake();
  clock.runUntil(2 * minute);
  assertEquals(network.requests.map(({ at }) => at / second), [0, 30, 60, 120]);
});

Deno.test("wake() in a fault leads back to the rate once it is over", () => {
  const { clock, network, wake } = live(
    ({ at }) => at < 25 * second || at > 90 * second ? [echo()] : [],
    { tries: 1, until: 30 * second },
  );
  wake();
  clock.runUntil(4 * minute);
  assertEquals(
    network.requests.map(({ at }) => at / second),
    [0, 30, 40, 60, 100, 120, 180, 240],
  );
});

Deno.test("wake() does not disturb a cycle that is under way", () => {
  const { clock, network, lines, wake } = live(() => [echo(700)], {
    until: 500,
  });
  wake();
  clock.runUntil(minute);
  assertEquals(network.requests.length, 2);
  assertEquals(lines[0], "0.7 cycle alive");
});

Deno.test("wake() does not revive a session that is over", () => {
  const { clock, network, wake } = live(() => [death()]);
  const { length } = network.requests;
  wake();
  clock.runUntil(2 * hour);
  assertEquals(network.requests.length, length);
});

Deno.test("keepAlive() closes everything and falls silent when it is stopped", () => {
  const { clock, lines, network, stop } = live(() => [echo(700)], {
    until: minute + 100,
  });
  stop();
  const before = lines.length;
  clock.runUntil(hour);
  assertEquals(lines.length, before);
  assertEquals([network.open, clock.pending], [0, 0]);
});

Deno.test("keepAlive() survives 30 % loss each way at a gateway that drops after 150 s", () => {
  const random = seededRandom(42);
  let heard = 0;
  let dropped = false;
  const lossy: Respond = ({ at }) => {
    if (random() < 0.3) return [];
    dropped ||= at - heard > 150 * second;
    heard = at;
    return random() < 0.3 ? [] : [dropped ? death() : echo()];
  };
  const { lines } = live(lossy, { until: 24 * hour });
  assertEquals(dropped, false);
  assert(!lines.some((line) => line.includes("dead")));
});

Deno.test("keepAlive() ends each cycle within its budget, on any schedule of replies", () => {
  const budget = cycleBudget(session) + 1;
  for (let seed = 1; seed <= 300; seed++) {
    const random = seededRandom(seed);
    const { lines } = live(() => {
      if (random() < 0.1) return noRoute;
      return Array.from({ length: Math.floor(random() * 3) }, () => {
        const all = [encodeReply(77n), encodeReply(deadUid), new Uint8Array(2)];
        const bytes = all[Math.floor(random() * 3)]!;
        return { bytes, after: 1 + random() * 9_000 };
      });
    }, { until: 10 * minute, seed });
    const ends = lines.filter((line) => line.includes("cycle")).map(parseFloat);
    assert(ends.length > 1 || lines.at(-1)!.includes("dead"), `seed ${seed}`);
    assert(ends[0]! * second <= budget, `seed ${seed}`);
    const gaps = ends.slice(1).map((end, k) => end - ends[k]!);
    assert(
      gaps.every((gap) => gap * second <= minute + budget),
      `seed ${seed}`,
    );
  }
});

const uplinks: InterfaceAddress[] = [
  { name: "wan1", address: "10.1.0.2" },
  { name: "wan2", address: "10.2.0.2" },
];

Deno.test("keepAlive() sends nothing by another interface, and is never dead there", () => {
  for (const bind of ["wan2", "10.2.0.2"]) {
    let device = "wan1";
    const results: CycleResult[] = [];
    const { network, lines, clock } = live(
      () => [death()],
      { bind, until: 10 * minute },
      undefined,
      uplinks,
      (result) => results.push(result),
      {
        route: ({ from = "10.2.0.2" }) => ({ device, source: from, via: null }),
        after: 3,
      },
    );
    assertEquals(network.requests, []);
    assertEquals(network.ports, []);
    assertEquals(transitions(lines).length, 1);
    assert(lines.at(1)!.endsWith("transition none unsendable"), lines.at(1));
    for (const { verdict, tries, fault } of results) {
      assertEquals([verdict, tries, fault?.code], ["unsendable", 0, "EROUTE"]);
    }
    // Once there is a rule, what the gateway says counts.
    device = "wan2";
    clock.runUntil(20 * minute);
    assert(lines.at(-1)!.endsWith(" ended dead"), lines.at(-1));
    const senders = network.requests.map(({ port }) =>
      network.hosts[network.ports.indexOf(port)]
    );
    assertEquals(new Set(senders), new Set(["10.2.0.2"]));
  }
});

Deno.test("keepAlive() asks the kernel before each try, and only if there is bind", () => {
  const rows: [bind: string | null, asked: number][] = [
    [null, 0],
    ["10.2.0.2", 3],
    ["wan2", 4],
  ];
  for (const [bind, asked] of rows) {
    const options = { bind, until: 9 * second };
    const { routes, network } = live(() => [], options, undefined, uplinks);
    assertEquals(network.requests.length, 3);
    assertEquals(network.ports.length, 1);
    assertEquals(routes.questions.length, asked);
    assertEquals(routes.peers, []);
  }
});

Deno.test("keepAlive() does not send a try once the route has changed", () => {
  let questions = 0;
  const results: CycleResult[] = [];
  const { network } = live(
    () => [],
    { bind: "10.2.0.2", until: 9 * second },
    undefined,
    uplinks,
    (result) => results.push(result),
    {
      route: ({ from = null }) => ({
        device: ++questions === 2 ? "wan1" : "wan2",
        source: from,
        via: null,
      }),
    },
  );
  assertEquals(network.requests.length, 2);
  assertEquals(results[0]?.fault?.code, "EROUTE");
});

Deno.test("keepAlive() takes the interface's next address after a silent cycle", () => {
  const has = [
    { name: "wan", address: "10.2.0.2" },
    { name: "wan", address: "10.2.0.3" },
    { name: "wan", address: "10.2.0.4" },
  ];
  const answered: string[] = [];
  let asked = 0;
  const { network } = live(
    // The third cycle is answered, and the ones after it.
    () => ++asked > 6 ? [echo()] : [],
    { bind: "wan", until: 5 * minute },
    undefined,
    has,
    ({ verdict }) => answered.push(verdict),
    {
      route: ({ from = "10.2.0.3" }) => ({
        device: "wan",
        source: from,
        via: null,
      }),
    },
  );
  assertEquals(answered.slice(0, 4), ["silent", "silent", "alive", "alive"]);
  assertEquals(network.hosts.slice(0, 4), [
    "10.2.0.3",
    "10.2.0.2",
    "10.2.0.4",
    "10.2.0.3",
  ]);
});

Deno.test("keepAlive() goes on when the kernel's answer comes too late, or never", () => {
  const rows: [after: number, answers: boolean, wanted: string][] = [
    // Within the first try's wait, the second's, and after the cycle.
    [700, true, "alive"],
    [2_000, true, "alive"],
    [9_000, true, "silent"],
    [0, false, "silent"],
  ];
  for (const [after, answers, wanted] of rows) {
    const verdicts: string[] = [];
    const { network, stop, clock } = live(
      () => [echo()],
      { bind: "10.2.0.2", until: 10 * minute },
      undefined,
      uplinks,
      ({ verdict }) => verdicts.push(verdict),
      {
        route: ({ from = null }) =>
          answers ? { device: "wan2", source: from, via: null } : null,
        after,
      },
    );
    assert(verdicts.length > 8, `${after}: ${verdicts}`);
    assertEquals([...new Set(verdicts)], [wanted], `${after}`);
    if (wanted === "silent") assertEquals(network.ports, []);
    stop();
    clock.runUntil(11 * minute);
    assertEquals([network.open, clock.pending], [0, 0]);
  }
});

Deno.test("keepAlive() opens nothing when it is stopped while it asks the kernel", () => {
  const options = { bind: "wan2", until: 100 };
  const slow = { after: 200 };
  const { network, stop, clock } = live(
    () => [],
    options,
    undefined,
    uplinks,
    undefined,
    slow,
  );
  stop();
  clock.runUntil(minute);
  assertEquals([network.ports, clock.pending], [[], 0]);
});

Deno.test("keepAlive() takes no death for one that may be another line's", () => {
  const anyRule = { from: null, to: null, mark: null, suppress: null };
  const main = {
    ...anyRule,
    preference: 32766,
    isInverted: false,
    table: "main",
  };
  const route = { table: "main", bits: 0, metric: 0, via: null };
  const answers: [devices: string[], bind: string | null, wanted: string][] = [
    [["wan1", "wan2"], null, "silent EUPLINKS"],
    [["wan1", "wan2"], "10.2.0.2", "silent EUPLINKS"],
    [["wan2"], null, "dead undefined"],
    [["wan2"], "10.2.0.2", "dead undefined"],
  ];
  for (const [devices, bind, wanted] of answers) {
    const found: string[] = [];
    const { routes } = live(
      () => [death()],
      { bind, until: 9 * second },
      undefined,
      uplinks,
      ({ verdict, fault }) => found.push(`${verdict} ${fault?.code}`),
      { routing: () => ({ rules: [main], routes: [{ ...route, devices }] }) },
    );
    assertEquals(found, [wanted]);
    assertEquals(routes.peers, ["192.0.2.1"]);
  }
});

Deno.test("keepAlive() notices a death though names are hijacked once nobody is logged in", () => {
  let lookUps = 0;
  const { lines } = live(
    ({ at, to }) => {
      if (to.host !== "192.0.2.7") return [];
      return [at < minute ? echo() : death()];
    },
    named,
    () => [lookUps++ === 0 ? "192.0.2.7" : "192.0.2.55"],
  );
  // Silent from 60 s on, twice, and for an interval: what is said from 120 s on counts.
  assertEquals(transitions(lines), [
    "0.002 transition none alive",
    "64.751 transition alive silent",
    "134.002 transition silent dead",
    "134.002 ended dead",
  ]);
});

Deno.test("keepAlive() believes no death of an address that a gateway has moved away from", () => {
  const { lines } = live(
    ({ at, to }) => {
      if (to.host === "192.0.2.7") return [at < minute ? echo() : death()];
      // The new one loses two packets of three.
      return Math.floor(at / 1_000) % 3 === 0 ? [echo()] : [];
    },
    { ...named, until: 24 * hour },
    (() => {
      let n = 0;
      return () => [n++ === 0 ? "192.0.2.7" : "192.0.2.8"];
    })(),
  );
  assertEquals(transitions(lines), ["0.002 transition none alive"]);
});
