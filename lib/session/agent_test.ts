import { assert, assertEquals } from "@std/assert";
import { deadUid, decodeRequest, encodeReply } from "../protocol/srun.ts";
import { seededRandom } from "../random.ts";
import {
  createFakeNetwork,
  type FakeNetwork,
  type FakeNetworkOptions,
  type FakeReply,
} from "../testing/fake_network.ts";
import {
  createFakeRoutes,
  type FakeRoutesOptions,
  mainRule,
} from "../testing/fake_routes.ts";
import { noStreams } from "../testing/fake_streams.ts";
import { createVirtualClock } from "../testing/virtual_clock.ts";
import type { Fault, InterfaceAddress } from "../world.ts";
import { keepAlive } from "./agent.ts";
import { cycleBudget } from "../probe/datagram/cycle.ts";
import { createSockets, type Sockets } from "../probe/datagram/sockets.ts";
import type { CycleResult, Report } from "../finding.ts";
import type { Session } from "./session_state.ts";
import { testSession } from "./test_session.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

type Respond = FakeNetworkOptions["respond"];

/** What is not as usual; the session's settings among it. */
interface Scene extends Partial<Session> {
  /** How long the session runs, in ms; an hour if absent. */
  readonly until?: number;
  /** Leads to other random numbers. */
  readonly seed?: number;
  /** What the resolver says; `null`, as if absent, for nothing. */
  readonly lookUp?: (name: string) => readonly string[] | Fault | null;
  /** How long that takes, in ms; 1 if absent. */
  readonly lookUpTime?: number;
  /** The machine's addresses; none if absent. */
  readonly has?: readonly InterfaceAddress[];
  /** What the kernel says. */
  readonly routing?: FakeRoutesOptions;
  /** The port that the system offers next. */
  readonly nextPort?: () => number;
  /** When a timer is due that was set for a time. */
  readonly due?: (at: number) => number;
  /** Is called before the session begins. */
  readonly prepare?: (
    clock: ReturnType<typeof createVirtualClock>,
    network: FakeNetwork,
  ) => void;
  /** Sockets that are no usual ones. */
  readonly sockets?: Sockets;
}

/** A report as a line: `1 silent` for a cycle, `10 silent>alive` for a transition. */
function lineOf(report: Report): string {
  switch (report.type) {
    case "cycle":
      return report.result.verdict;
    case "transition":
      return `${report.from}>${report.to}`;
    case "reconnect":
      return `reconnect: ${report.reason}`;
    case "login":
      return `login ${report.status.state}`;
    case "unnamed":
      return report.type;
    default:
      return `${report.type} ${report.verdict}`;
  }
}

/** Runs a session in virtual time; returns what it told as lines, and its world. */
function live(respond: Respond, scene: Scene = {}) {
  const {
    until = hour,
    seed = 1,
    lookUp = () => null,
    lookUpTime = 1,
    has = [],
    routing = {},
    nextPort,
    due = (at) => at,
    prepare,
    sockets,
    ...change
  } = scene;
  const virtual = createVirtualClock();
  const clock = {
    ...virtual,
    setTimer: (at: number, callback: () => void) =>
      virtual.setTimer(due(at), callback),
  };
  const random = seededRandom(seed);
  const network = createFakeNetwork({
    clock: virtual,
    random,
    respond,
    ...nextPort && { nextPort },
  });
  const addresses = () => has;
  const world = {
    clock,
    random,
    datagrams: network,
    streams: noStreams,
    interfaces: { addresses },
    routes: createFakeRoutes(routing, { clock, addresses }),
    names: {
      lookUp(
        name: string,
        callback: (answer: readonly string[] | Fault) => void,
      ) {
        const answer = lookUp(name);
        if (answer === null) return;
        clock.setTimer(clock.now() + lookUpTime, () => callback(answer));
      },
    },
  };
  const lines: string[] = [];
  const results: CycleResult[] = [];
  prepare?.(virtual, network);
  const agent = keepAlive({ ...testSession, ...change }, {
    world,
    sockets: sockets ?? createSockets(world),
    onReport(report) {
      lines.push(`${clock.now() / second} ${lineOf(report)}`);
      if (report.type === "cycle") results.push(report.result);
    },
  });
  virtual.runUntil(until);
  return {
    clock: virtual,
    network,
    routes: world.routes,
    agent,
    lines,
    results,
    /** What changed, without cycles and late replies. */
    transitions: () => lines.filter((line) => />|ended/.test(line)),
    /** When what was sent, in s. */
    times: () => network.requests.map(({ at }) => at / second),
    /** When whom it was sent to. */
    asked: () =>
      network.requests.map(({ at, to }) => `${at / second} ${to.host}`),
    /** Which UIDs were asked for. */
    uids: () => network.requests.map(({ bytes }) => decodeRequest(bytes)),
  };
}

const echo = (after = 1): FakeReply => ({ bytes: encodeReply(77n), after });
const death = (after = 1): FakeReply => ({
  bytes: encodeReply(deadUid),
  after,
});
/** The echo of whatever UID is asked for. */
const echoOf = (bytes: Uint8Array): FakeReply => ({
  bytes: encodeReply(decodeRequest(bytes)!),
  after: 1,
});
const noRoute: Fault = { code: "ENETUNREACH", message: "no route" };
const unknownName: Fault = { code: "ENOTFOUND", message: "name unknown" };

/** Takes the list's values one after the other, then `last`. */
function oneByOne<T, U>(values: readonly T[], last: U): () => T | U {
  let place = 0;
  return () => place < values.length ? values[place++]! : last;
}

/** Answers only the first request after a pause of so many ms. */
function firstOnly(pause: number, replies: readonly FakeReply[]): Respond {
  let last = -Infinity;
  return ({ at }) => {
    const isFirst = at - last > pause;
    last = at;
    return isFirst ? replies : [];
  };
}

const [seven, eight, nine] = ["192.0.2.7", "192.0.2.8", "192.0.2.9"] as const;
const six = "2001:db8::7";

/** A session whose gateway's name has these addresses, or others each time. */
function named(
  ...answers: readonly (readonly string[] | Fault | null)[]
): Pick<Scene, "gateway" | "lookUp"> {
  return {
    gateway: { host: "gw.example", port: 3335 },
    lookUp: oneByOne(answers, answers.at(-1)!),
  };
}

/** A session as it goes; what is absent is not of interest. */
interface Story {
  readonly what: string;
  readonly respond: Respond;
  readonly scene?: Scene;
  /** All that it tells, with commas between. */
  readonly lines?: string;
  readonly transitions?: string;
  readonly first?: string;
  readonly last?: string;
  /** When it sends, in s. */
  readonly times?: readonly number[];
  /** When it asks whom. */
  readonly asked?: string;
  readonly uids?: readonly bigint[];
  /** How much it sends. */
  readonly count?: number;
  /** How many replies find their socket closed. */
  readonly refused?: number;
}

const stories: readonly Story[] = [
  {
    what: "is quicker after a fault, until it is alive again",
    respond: ({ at }) => at >= minute && at < 5 * minute ? [] : [echo()],
    scene: { tries: 1, until: 7 * minute },
    times: [0, 60, 70, 90, 130, 190, 250, 310, 370],
    transitions: "0.001 none>alive, 61 alive>silent, 310.001 silent>alive",
  },
  {
    what: "hears a reply that is up to ten seconds late",
    respond: ({ at }) => [echo(at === 0 ? 10_500 : 1)],
    scene: { tries: 1, interval: 2 * minute, until: minute },
    lines: "1 silent, 1 none>silent, 10.5 late alive, 10.5 silent>alive",
    refused: 0,
  },
  {
    what: "goes back to the interval when a late reply corrects a fault",
    respond: ({ at }) => [echo(at === 0 ? 2_000 : 1)],
    scene: { tries: 1, until: 3 * minute },
    times: [0, 60, 120, 180],
  },
  {
    what: "asks again at once when a death reply comes late",
    respond: ({ at }) => [death(at === 0 ? 3_000 : 1)],
    scene: { tries: 1 },
    lines: "1 silent, 1 none>silent, 6 dead, 6 silent>dead, 6 ended dead",
    count: 3,
  },
  {
    what: "is not unsettled by late and double replies while alive",
    respond: ({ at }) => [echo(), echo(5), death(at % hour === 0 ? 50 : 3_000)],
    scene: { until: 24 * hour },
    transitions: "0.001 none>alive",
  },
  {
    what:
      "tries to confirm a death again in the next cycle when only its answers were lost",
    // The first request alone is answered in the first cycle.
    respond: oneByOne([[death()], [], [], [], [], []], [death()]),
    transitions: "6.751 none>silent, 13.001 silent>dead, 13.001 ended dead",
  },
  {
    what:
      "confirms a late death as often as `confirm` says in the cycle that it starts",
    respond: ({ at }) => [death(at === 0 ? 3_000 : 1)],
    scene: { tries: 1, confirm: 3 },
    last: "6 ended dead",
  },
  {
    what: "forgets a death reply when a late echo proves it wrong",
    respond: ({ at }) => at === 0 ? [death(), echo(3_000)] : [],
    scene: { tries: 1, until: minute },
    lines: "3 alive, 3 none>alive",
  },
  {
    what: "believes a death reply more than an older echo that comes after it",
    respond: ({ at }) => at === 0 ? [echo(10_500)] : [death()],
    scene: { tries: 1, timeout: 2 * second },
    transitions: "2 none>silent, 10.5 silent>alive, 14.001 alive>dead, " +
      "14.001 ended dead",
  },
  {
    what: "hears a late echo while the UID is read again after late deaths",
    respond: ({ at }) =>
      at === 0 ? [death(3_000)] : [death(3_000), echo(5_500)],
    scene: {
      tries: 1,
      until: 20 * second,
      // It is answered before the first cycle, and not before a death.
      readIdentity: answerTimes(1),
    },
    transitions: "1 none>silent, 8.5 silent>alive",
  },
  {
    what: "lets no older cycle's echo win while the UID is read again",
    respond: ({ at }) => [at === 0 ? echo(7_000) : death()],
    scene: {
      tries: 1,
      interval: 30 * second,
      until: minute,
      readIdentity: answerTimes(2),
    },
    last: "13.001 ended dead",
  },
  {
    what: "tells a late echo only when it corrects something",
    respond: ({ at }) => [echo(at === 0 ? 10_500 : 1)],
    scene: { tries: 1, until: 75 * second },
    lines: "1 silent, 1 none>silent, 10.001 alive, 10.001 silent>alive, " +
      "70.001 alive",
    count: 3,
  },
  {
    what: "takes no notice of a late death once it has heard an echo",
    respond: ({ at }) => [at === 0 ? death(10_500) : echo()],
    scene: { tries: 1, until: 65 * second },
    last: "10.001 silent>alive",
    count: 2,
  },
  {
    what: "counts a late death towards the cycle that is under way",
    respond: ({ at }) => [death(at === 0 ? 11_000 : 2_000)],
    scene: { tries: 1, timeout: 5 * second },
    last: "18 ended dead",
    count: 3,
  },
  ...[echo, death].map((late) => ({
    what: `tells nothing after its end, though a late ${late.name} comes`,
    respond: () => [late(3_000)],
    scene: { tries: 1, count: 1 },
    last: "1 ended silent",
  })),
  {
    what: "lets sockets linger for ten seconds",
    respond: () => [echo(10_999)],
    scene: { tries: 1, count: 1, until: minute },
    refused: 0,
  },
  {
    what: "lets sockets linger for no more than ten seconds",
    respond: () => [echo(11_001)],
    scene: { tries: 1, count: 1, until: minute },
    refused: 1,
  },
  {
    what: "uses the family of its own address",
    respond: () => [echo()],
    scene: { ...named([six, seven]), bind: "10.0.0.5", until: 59 * second },
    asked: `0.001 ${seven}`,
  },
  {
    what: "uses the family that its interface has",
    respond: () => [echo()],
    scene: {
      ...named([six, seven]),
      bind: "tun0",
      until: 59 * second,
      has: [{ name: "tun0", address: "10.8.0.2" }],
    },
    asked: `0.001 ${seven}`,
  },
  {
    what: "asks the other addresses before it believes one of them",
    respond: ({ to }) => [to.host === seven ? death() : echo()],
    scene: { ...named([seven, eight, nine]), until: 30 * second },
    first: "0.403 alive",
  },
  {
    what: "believes a death when the UID is the same as before",
    respond: () => [death()],
    scene: { readIdentity: (callback) => callback("77") },
    last: "3.001 ended dead",
  },
  // The old UID's answers come late: they would end or correct the new one's session.
  ...[death, echo].map((late) => ({
    what: `takes no ${late.name} of an old UID for the new one's`,
    respond: ({ bytes }: { readonly bytes: Uint8Array }) =>
      decodeRequest(bytes) === 77n ? [late(11_500)] : [],
    scene: {
      tries: 1,
      timeout: 5 * second,
      readIdentity: answers("77", "78", null),
      until: 30 * second,
    },
    transitions: "5 none>silent",
  })),
  {
    what: "tolerates faults in a row without a transition",
    respond: ({ at }) => at > minute && at < 5 * minute ? [] : [echo()],
    scene: { tries: 1, tolerate: 2 },
    transitions: "0.001 none>alive, 151 alive>silent, 310.001 silent>alive",
  },
  {
    what: "ends a fault only after `recover` alive cycles in a row",
    respond: ({ at }) =>
      at < 10 * second || at > minute && at < 100 * second ? [] : [echo()],
    scene: { tries: 1, recover: 3, until: 10 * minute },
    transitions: "1 none>silent, 220.001 silent>alive",
  },
  {
    what: "is alive at once after no fault, whatever `recover` says",
    respond: () => [echo()],
    scene: { recover: 3, until: minute },
    transitions: "0.001 none>alive",
  },
  {
    what: "tells no transition from one fault to another",
    respond: ({ at }) =>
      at < 5 * second ? [] : at < 25 * second ? noRoute : [echo()],
    scene: { tries: 1, until: minute },
    lines: "1 silent, 1 none>silent, 10 unsendable, 30.001 alive, " +
      "30.001 silent>alive",
  },
  {
    what: "stops after `count` cycles, with the last verdict",
    respond: () => [],
    scene: { count: 2, tries: 1 },
    lines: "1 silent, 1 none>silent, 11 silent, 11 ended silent",
  },
  {
    // Alive at 60.001 s for the last time; between cycles, so not with a verdict.
    what: "gives up on time if it was not alive for `giveUpAfter`",
    respond: ({ at }) => at < 90 * second ? [echo()] : [],
    scene: { giveUpAfter: 5 * minute, tries: 1 },
    last: "360.001 ended silent",
  },
  {
    what: "reads the UID before each cycle, and goes on with another one",
    respond: ({ bytes }) => [echoOf(bytes)],
    scene: {
      until: 3 * minute,
      readIdentity: answers("77", "78", null, "79"),
    },
    uids: [77n, 78n, 78n, 79n],
  },
  {
    what:
      "puts a death off once while a login has emptied the file with the UID",
    respond: () => [death()],
    scene: { readIdentity: answers(null) },
    transitions: "3.001 none>silent, 73.001 silent>dead, 73.001 ended dead",
  },
  {
    what: "ends a cycle though the UID is another one whenever it is read",
    respond: () => [death()],
    scene: { count: 1, readIdentity: answers(...Array.from("0123456789")) },
    last: "12.004 ended silent",
    count: 4 * 6,
  },
  {
    what: "goes on with the last UID when reading it takes too long",
    respond: () => [echo()],
    scene: { readIdentity: () => {}, until: 30 * second },
    first: "5.001 alive",
  },
  {
    what: "ends with a death though reading the UID again takes too long",
    respond: () => [death()],
    scene: { readIdentity: () => {} },
    last: "13.001 ended dead",
  },
  ...([[{}, seven], [{ family: "4" }, seven], [{ family: "6" }, six]] as const)
    .map(([change, host]) => ({
      what: `looks a name up for each cycle: ${JSON.stringify(change)}`,
      respond: () => [echo()],
      scene: { ...named([seven, six]), ...change, until: 3 * minute - second },
      asked: `0.001 ${host}, 60.001 ${host}, 120.001 ${host}`,
    })),
  ...([
    ["the resolver knows none", unknownName, "0.001 unresolved"],
    ["the resolver does not answer", null, "5 unresolved"],
    ["none is of the family", [seven], "0.001 unresolved"],
  ] as const).map(([why, answer, first]) => ({
    what: `is unresolved while no address is known: ${why}`,
    respond: () => [echo()],
    scene: { ...named(answer), family: "6" as const, until: 30 * second },
    first,
    count: 0,
  })),
  {
    what: "goes on with the last addresses while a look-up fails",
    respond: () => [echo()],
    scene: {
      ...named([seven], unknownName, null, [eight]),
      until: 4 * minute - second,
    },
    asked: `0.001 ${seven}, 60.001 ${seven}, 125 ${seven}, 180.001 ${eight}`,
  },
  {
    what: "keeps the addresses that it knows, even if none ever answered",
    respond: () => [],
    scene: { ...named([seven], unknownName), tries: 1, until: 15 * second },
    asked: `0.001 ${seven}, 10.001 ${seven}`,
  },
  {
    what: "uses addresses that came too late for the next cycle",
    respond: () => [],
    scene: { ...named([seven]), lookUpTime: 7 * second, until: 15 * second },
    asked: `15 ${seven}`,
  },
  {
    what: "begins with the address whose echo came late",
    respond: ({ to, at }) =>
      to.host === eight && at < second ? [echo(4_000)] : [],
    scene: {
      ...named([seven, eight]),
      tries: 2,
      timeout: 500,
      until: 61 * second,
    },
    asked: `0.001 ${seven}, 0.501 ${eight}, 60.001 ${eight}, 60.501 ${seven}`,
  },
  {
    what:
      "does not take a former address at its word while another one answers, if not well",
    respond: ({ to, at }) =>
      to.host === seven
        ? [{ bytes: new Uint8Array(3), after: 1 }]
        : [at < 5 * minute ? echo() : death()],
    scene: named([eight], [seven]),
    transitions: "0.002 none>alive, 304.751 alive>garbled",
  },
  {
    what: "prefers the address that answered, also while a look-up fails",
    respond: ({ to }) => to.host === eight ? [echo()] : [],
    scene: {
      ...named([seven, eight], [seven, eight], unknownName, [seven]),
      until: 4 * minute - second,
    },
    // The name has it no more, so that it comes last.
    asked:
      `0.001 ${seven}, 1.001 ${eight}, 60.001 ${eight}, 120.001 ${eight}, ` +
      `180.001 ${seven}, 181.001 ${eight}`,
  },
  {
    what: "tries the other family after a fault, and stays with what works",
    respond: ({ to }) => to.host === seven ? [echo()] : [],
    scene: { ...named([six, seven]), until: 3 * minute - second, tries: 1 },
    asked: `0.001 ${six}, 10.001 ${seven}, 70.001 ${seven}, 130.001 ${seven}`,
    transitions: "1.001 none>silent, 10.002 silent>alive",
  },
  {
    what: "goes through more addresses than there are tries",
    respond: ({ to }) => to.host === "192.0.2.5" ? [echo()] : [],
    scene: {
      ...named([1, 2, 3, 4, 5].map((k) => `192.0.2.${k}`)),
      until: 30 * second,
    },
    asked:
      "0.001 192.0.2.1, 1.001 192.0.2.2, 2.501 192.0.2.3, 10.001 192.0.2.4, " +
      "11.001 192.0.2.5",
    last: "11.002 silent>alive",
  },
  {
    // Silent from 60 s on, twice, and for an interval: what is said from 120 s on counts.
    what: "notices a death though names are hijacked once nobody is logged in",
    respond: ({ at, to }) =>
      to.host === seven ? [at < minute ? echo() : death()] : [],
    scene: named([seven], ["192.0.2.55"]),
    transitions:
      "0.002 none>alive, 64.751 alive>silent, 134.002 silent>dead, " +
      "134.002 ended dead",
  },
  {
    what: "believes no death of an address that a gateway has moved away from",
    respond({ at, to }) {
      if (to.host === seven) return [at < minute ? echo() : death()];
      // The new one loses two packets of three.
      return Math.floor(at / 1_000) % 3 === 0 ? [echo()] : [];
    },
    scene: { ...named([seven], [eight]), until: 24 * hour },
    transitions: "0.002 none>alive",
  },
];

/** Reads these UIDs one after the other, and the last one again and again. */
function answers(
  ...uids: readonly (string | null)[]
): NonNullable<Session["readIdentity"]> {
  const next = oneByOne(uids, uids.at(-1)!);
  return (callback) => callback(next());
}

/** Reads the UID so many times, and does not answer any more afterwards. */
function answerTimes(times: number): NonNullable<Session["readIdentity"]> {
  let reads = 0;
  return (callback) => reads++ < times && callback("77");
}

for (const { what, respond, scene, ...wanted } of stories) {
  Deno.test(`keepAlive() ${what}`, () => {
    const { lines, network, ...told } = live(respond, scene);
    const found = {
      lines: lines.join(", "),
      transitions: told.transitions().join(", "),
      first: lines[0],
      last: lines.at(-1),
      times: told.times(),
      asked: told.asked().join(", "),
      uids: told.uids(),
      count: network.requests.length,
      refused: network.refused,
    };
    const names = Object.keys(wanted) as (keyof typeof wanted)[];
    const seen = Object.fromEntries(names.map((name) => [name, found[name]]));
    assertEquals<unknown>(seen, wanted);
  });
}

Deno.test("keepAlive() sends one heartbeat an interval for a day, each from another port", () => {
  const { network, times, transitions, uids, clock } = live(() => [echo()], {
    until: 24 * hour,
  });
  assertEquals(transitions(), ["0.001 none>alive"]);
  assertEquals(times(), Array.from({ length: 24 * 60 + 1 }, (_, k) => k * 60));
  assert(network.ports.every((port, k) => port !== network.ports[k - 1]));
  assertEquals(uids()[0], 77n);
  assertEquals(network.refused, 0);
  // The next slot, and the socket of the cycle that has just ended.
  assert(clock.pending <= 2);
});

Deno.test("keepAlive() binds again when the system offers the last cycle's port", () => {
  // A system that offers the same few ports again and again.
  const offers = [40001, 40001, 40002, 40002, 40003];
  let n = 0;
  const { network } = live(() => [echo()], {
    nextPort: () => offers[n++ % offers.length]!,
  });
  const ports = network.requests.map(({ port }) => port);
  assertEquals(ports.length, 61);
  assert(ports.every((port, k) => port !== ports[k - 1]));
});

Deno.test("keepAlive() takes sockets that are bound only later", () => {
  const done: string[] = [];
  let port = 40_000;
  const waiting: (() => void)[] = [];
  const { clock, results } = live(() => [], {
    until: 1_500,
    sockets: {
      bind(_wanted, callback) {
        const own = ++port;
        const bound = {
          port: own,
          send: () => done.push(`${own} sends`),
          close: () => done.push(`${own} is closed`),
        };
        waiting.push(() => callback(bound));
      },
      reserve() {},
      noteExhausted() {},
      linger: ({ port }) => done.push(`${port} lingers`),
      decoys: { watch: () => () => {} },
    },
  });
  // Two tries wait for a socket: one is enough for both.
  waiting.splice(0).forEach((callback) => callback());
  clock.runUntil(9_000);
  const first = ["40001 sends", "40002 is closed", "40001 sends"];
  assertEquals(done, [...first, "40001 sends", "40001 lingers"]);
  assertEquals(results.map(({ verdict }) => verdict), ["silent"]);
  // Those of the second cycle come when it is over.
  done.length = 0;
  clock.runUntil(15_000);
  waiting.splice(0).forEach((callback) => callback());
  assertEquals(results.length, 2);
  assertEquals(done, [3, 4, 5].map((port) => `4000${port} is closed`));
});

Deno.test("keepAlive() ends with a death that was confirmed", () => {
  const { network, lines, clock } = live(({ at }) =>
    at < 100 * second ? [echo()] : [death()]
  );
  assertEquals(lines.slice(-4), [
    "60.001 alive",
    "123.001 dead",
    "123.001 alive>dead",
    "123.001 ended dead",
  ]);
  assertEquals(network.requests.length, 2 + 6);
  assertEquals([network.open, clock.pending], [0, 0]);
});

Deno.test("keepAlive() is ended by no fault, from the first cycle on", () => {
  const faults: [transition: string, Respond][] = [
    ["4.75 none>silent", () => []],
    ["2.5 none>unsendable", () => noRoute],
    ["4.75 none>garbled", () => [{ bytes: new Uint8Array(3), after: 1 }]],
  ];
  for (const [transition, respond] of faults) {
    const { lines, transitions } = live(respond, { until: 24 * hour });
    assertEquals(transitions(), [transition]);
    assert(lines.length > 24 * 59);
  }
});

Deno.test("keepAlive() keeps the rate without drift, whatever a cycle takes and however late timers are", () => {
  const rows: [Scene, last: number][] = [
    [{}, 24 * hour],
    [{ due: (at) => at + 3 }, 24 * hour + 3],
  ];
  for (const [scene, last] of rows) {
    const until = 24 * hour + 10;
    const { network } = live(() => [echo(900)], { ...scene, until });
    assertEquals(network.requests.length, 24 * 60 + 1);
    assertEquals(network.requests.at(-1)!.at, last);
  }
});

Deno.test("keepAlive() spreads the starts by jitter, never later than the interval", () => {
  const { times } = live(() => [echo()], { jitter: 10 * second });
  const starts = times();
  const gaps = starts.slice(1).map((at, k) => at - starts[k]!);
  assert(gaps.every((gap) => gap > 50 && gap < 60.000001));
  assert(new Set(gaps).size > 10);
});

Deno.test("keepAlive() notices a death behind any round trip that a series lasts", () => {
  for (const rtt of [0, 200, 600, 1_500, 2_000, 4_700]) {
    const { lines } = live(
      ({ at }) => [at < minute ? echo(rtt + 1) : death(rtt + 1)],
    );
    assertEquals(lines.at(-1)?.split(" ")[1], "ended", `${rtt} ms`);
    const budget = cycleBudget(testSession) / second;
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
    const next = oneByOne(echoes, []);
    // The last request of the confirmation is not answered.
    let n = 0;
    const { lines } = live(({ at }) => {
      if (at < 2 * minute) return next();
      return ++n % 6 === 0 ? [] : [death()];
    });
    assertEquals(lines.at(-1), `${start + 2.001 + wait} ended dead`);
  }
});

Deno.test("keepAlive() counts no death reply of an earlier cycle", () => {
  // Somebody answers the first request of each cycle, and nobody another one.
  const { transitions, results } = live(firstOnly(4 * second, [death()]), {
    until: 24 * hour,
  });
  assert(results.length > 1_000, `${results.length}`);
  assertEquals(transitions(), ["6.751 none>silent"]);
});

Deno.test("keepAlive() starts at most one confirmation an interval, whoever forges deaths", () => {
  // Of each cycle somebody answers the first datagram, more often than anybody asked, and the gateway none.
  const forgeries = [death(), death(2), death(3)];
  const { network } = live(firstOnly(4 * second, forgeries), {
    jitter: 30 * second,
    until: 24 * hour,
  });
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

Deno.test("keepAlive() stays dead while the gateway says so, whenever it asks", () => {
  const scenes: Scene[] = [
    {},
    { jitter: 30 * second },
    // Rounding errors make an interval a little shorter.
    { prepare: (clock) => clock.runUntil(0.1) },
    { interval: second, timeout: 100, tries: 2, deadAfter: 5 * second },
  ];
  for (const scene of scenes) {
    const { agent, clock, results, transitions } = live(() => [death()], {
      login: "false",
      ...scene,
    });
    // Just before and behind a slot.
    for (let k = 0; k < 10; k++) {
      agent.wake();
      clock.runUntil(clock.now() + 7 * second);
    }
    assert(results.length > 60, `${results.length}`);
    assertEquals(results.filter(({ verdict }) => verdict !== "dead"), []);
    assertEquals(transitions().length, 1);
  }
});

Deno.test("keepAlive() starts no more confirmations because of late deaths", () => {
  // Only what begins a cycle is answered, late.
  const { network, lines } = live(firstOnly(second, [death(3_000)]), {
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

Deno.test("keepAlive() lets a late echo win while late deaths are about to count", () => {
  // Forged deaths come late; the gateway answers each first request a little later.
  const { lines } = live(
    () => [death(3_000), echo(3_500)],
    { tries: 1, until: 30 * second },
  );
  assert(!lines.some((line) => line.includes("dead")), lines.join());
});

Deno.test("keepAlive() does not storm a gateway that answers later than a series lasts", () => {
  const { network, transitions } = live(() => [echo(6_000)], {
    interval: 30 * second,
  });
  // A series, and the first try of the cycle that the late echo ends.
  assert(network.requests.length <= 4 * hour / (35 * second) + 4);
  assert(transitions().length < 210);
});

Deno.test("keepAlive() hears an echo while the UID is read again", () => {
  let n = 0;
  const { lines } = live(() => n++ === 0 ? [death(), echo(1_500)] : [death()], {
    readIdentity: (callback) => n === 0 && callback("77"),
    until: 30 * second,
  });
  assertEquals(lines, ["1.5 alive", "1.5 none>alive"]);
});

const lateScenes: [what: string, Scene][] = [
  ["what arrived while the process did not run", {
    // When the timers run, the deadline's comes first.
    prepare: (clock, network) =>
      clock.setTimer(
        second,
        () => clock.setTimer(second, () => deliver(network, encodeReply(77n))),
      ),
  }],
  [
    "an answer that a process which was stopped gets to a moment after its timers",
    {
      // Stopped from before its deadline until long after.
      due: (at) => at === second ? 30 * second : at,
      prepare: (clock, network) =>
        clock.setTimer(
          30 * second + 200,
          () => deliver(network, encodeReply(77n)),
        ),
    },
  ],
];

/** Lets the gateway's answer arrive at the first socket. */
function deliver(network: FakeNetwork, bytes: Uint8Array): void {
  network.deliver(network.ports[0]!, bytes, testSession.gateway);
}

for (const [what, scene] of lateScenes) {
  Deno.test(`keepAlive() hears ${what}`, () => {
    const { results } = live(() => [], {
      tries: 1,
      until: 31 * second,
      ...scene,
    });
    assertEquals(results[0]?.verdict, "alive");
    assertEquals(results.length, 1);
  });
}

Deno.test("keepAlive() ends a cycle on time, however many datagrams come meanwhile", () => {
  const { clock, network, results } = live(() => [], { tries: 1, until: 0 });
  let turns = 0;
  // In every turn of the event loop, the deadline's own included, something arrives.
  const flood = () => {
    deliver(network, new Uint8Array(3));
    if (results.length > 0) return;
    if (turns++ < 1000) clock.setTimer(second, flood);
  };
  clock.setTimer(second, flood);
  clock.runUntil(second);
  assert(turns < 5, `${turns} turns`);
});

Deno.test("keepAlive() reports what it discarded with the next cycle, by reason and once", () => {
  const stranger = { host: "203.0.113.9", port: 3335 };
  const junk = (
    bytes: number,
    after: number,
    from = testSession.gateway,
  ): FakeReply => ({ bytes: new Uint8Array(bytes), after, from });
  const { results } = live(
    ({ at }) =>
      at > 0
        ? [junk(16, 0.5), junk(2, 0.6, stranger), echo()]
        : [junk(3, 500), junk(3, 600)]
          .concat(junk(4, 2_000), junk(5, 2_001), junk(9, 2_002, stranger))
          .concat(echo(3_000), echo(3_001)),
    { tries: 1, until: 150 * second },
  );
  assertEquals(results.map(({ reasons }) => reasons), [
    { length: 2 },
    { uid: 1, source: 2, length: 2, late: 1, duplicate: 1 },
    { uid: 1, source: 1 },
  ]);
});

Deno.test("keepAlive() never sends more in a cycle than confirm × tries", () => {
  const { network } = live(() => [death(999)], { confirm: 4, count: 1 });
  assert(network.requests.length <= 12);
});

Deno.test("keepAlive() reads the UID again before a death counts", () => {
  let uid = "77";
  const { lines } = live(({ bytes }) => {
    if (decodeRequest(bytes) !== 77n) return [echoOf(bytes)];
    uid = "78";
    return [death()];
  }, { readIdentity: (callback) => callback(uid), until: minute });
  assertEquals(lines.slice(0, 2), ["3.002 alive", "3.002 none>alive"]);
});

Deno.test("keepAlive() confirms a new UID's death at once, whatever was confirmed before", () => {
  let uid = "77";
  const { lines } = live(({ bytes }) => {
    if (decodeRequest(bytes) === 77n) uid = "78";
    return [death()];
  }, { readIdentity: (callback) => callback(uid) });
  assertEquals(lines.at(-1), "6.002 ended dead");
});

Deno.test("keepAlive() uses a UID that was read too late for the next cycle", () => {
  const late: ((uid: string) => void)[] = [];
  const { clock, uids } = live(() => [echo()], {
    readIdentity: (callback) => late.push(callback),
    tries: 1,
    until: 30 * second,
  });
  late[0]!("78");
  clock.runUntil(70 * second);
  assertEquals(uids(), [77n, 78n]);
});

Deno.test("keepAlive() leaves from the address that an interface has at each cycle", () => {
  const has: InterfaceAddress[] = [{ name: "eth0", address: "10.0.0.5" }];
  const { clock, network, transitions } = live(
    () => [echo()],
    { bind: "eth0", until: minute - second, has },
  );
  has[0] = { name: "eth0", address: "10.0.0.6" };
  clock.runUntil(2 * minute - second);
  has.pop();
  clock.runUntil(3 * minute - second);
  has.push({ name: "eth0", address: "10.0.0.7" });
  clock.runUntil(4 * minute - second);
  assertEquals(network.hosts, ["10.0.0.5", "10.0.0.6", "10.0.0.7"]);
  assertEquals(transitions(), [
    "0.001 none>alive",
    "122.5 alive>unsendable",
    "190.001 unsendable>alive",
  ]);
});

Deno.test("wake() starts a cycle at once, and the rate goes on as before", () => {
  const rows: [Respond, times: number[]][] = [
    [() => [echo()], [0, 30, 60, 120, 180, 240]],
    // In a fault it comes back to the rate once that is over.
    [
      ({ at }) => at < 25 * second || at > 90 * second ? [echo()] : [],
      [0, 30, 40, 60, 100, 120, 180, 240],
    ],
  ];
  for (const [respond, wanted] of rows) {
    const { clock, times, agent } = live(respond, {
      tries: 1,
      until: 30 * second,
    });
    agent.wake();
    clock.runUntil(4 * minute);
    assertEquals(times(), wanted);
  }
});

Deno.test("wake() does not disturb a cycle that is under way", () => {
  const { clock, network, lines, agent } = live(() => [echo(700)], {
    until: 500,
  });
  agent.wake();
  clock.runUntil(minute);
  assertEquals(network.requests.length, 2);
  assertEquals(lines[0], "0.7 alive");
});

Deno.test("wake() does not revive a session that is over", () => {
  const { clock, network, agent } = live(() => [death()]);
  const { length } = network.requests;
  agent.wake();
  clock.runUntil(2 * hour);
  assertEquals(network.requests.length, length);
});

Deno.test("keepAlive() closes everything and falls silent when it is stopped", () => {
  const { clock, lines, network, agent } = live(() => [echo(700)], {
    until: minute + 100,
  });
  agent.stop();
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
  const budget = cycleBudget(testSession) + 1;
  const all = [encodeReply(77n), encodeReply(deadUid), new Uint8Array(2)];
  for (let seed = 1; seed <= 300; seed++) {
    const random = seededRandom(seed);
    const { lines } = live(() => {
      if (random() < 0.1) return noRoute;
      return Array.from({ length: Math.floor(random() * 3) }, () => ({
        bytes: all[Math.floor(random() * 3)]!,
        after: 1 + random() * 9_000,
      }));
    }, { until: 10 * minute, seed });
    const ends = lines.filter((line) => /^\S+ [a-z]+$/.test(line))
      .map(parseFloat);
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
    const { network, lines, transitions, results, clock } = live(
      () => [death()],
      {
        bind,
        until: 10 * minute,
        has: uplinks,
        routing: {
          route: ({ from = "10.2.0.2" }) => ({
            device,
            source: from,
            via: null,
          }),
          after: 3,
        },
      },
    );
    assertEquals(network.requests, []);
    assertEquals(network.ports, []);
    assertEquals(transitions().length, 1);
    assert(lines.at(1)!.endsWith(" none>unsendable"), lines.at(1));
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
    const scene = { bind, until: 9 * second, has: uplinks };
    const { routes, network } = live(() => [], scene);
    assertEquals(network.requests.length, 3);
    assertEquals(network.ports.length, 1);
    assertEquals(routes.questions.length, asked);
    assertEquals(routes.peers, []);
  }
});

Deno.test("keepAlive() does not send a try once the route has changed", () => {
  const device = oneByOne(["wan2", "wan1"], "wan2");
  const { network, results } = live(() => [], {
    bind: "10.2.0.2",
    until: 9 * second,
    has: uplinks,
    routing: {
      route: ({ from = null }) => ({
        device: device(),
        source: from,
        via: null,
      }),
    },
  });
  assertEquals(network.requests.length, 2);
  assertEquals(results[0]?.fault?.code, "EROUTE");
});

Deno.test("keepAlive() takes the interface's next address after a silent cycle", () => {
  let asked = 0;
  const { network, results } = live(
    // The third cycle is answered, and the ones after it.
    () => ++asked > 6 ? [echo()] : [],
    {
      bind: "wan",
      until: 5 * minute,
      has: [2, 3, 4].map((k) => ({ name: "wan", address: `10.2.0.${k}` })),
      routing: {
        route: ({ from = "10.2.0.3" }) => ({
          device: "wan",
          source: from,
          via: null,
        }),
      },
    },
  );
  const verdicts = results.map(({ verdict }) => verdict);
  assertEquals(verdicts.slice(0, 4), ["silent", "silent", "alive", "alive"]);
  const places = [3, 2, 4, 3];
  assertEquals(network.hosts.slice(0, 4), places.map((k) => `10.2.0.${k}`));
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
    const { network, results, agent, clock } = live(() => [echo()], {
      bind: "10.2.0.2",
      until: 10 * minute,
      has: uplinks,
      routing: {
        route: ({ from = null }) =>
          answers ? { device: "wan2", source: from, via: null } : null,
        after,
      },
    });
    const verdicts = results.map(({ verdict }) => verdict);
    assert(verdicts.length > 8, `${after}: ${verdicts}`);
    assertEquals([...new Set<string>(verdicts)], [wanted], `${after}`);
    if (wanted === "silent") assertEquals(network.ports, []);
    agent.stop();
    clock.runUntil(11 * minute);
    assertEquals([network.open, clock.pending], [0, 0]);
  }
});

Deno.test("keepAlive() opens nothing when it is stopped while it asks the kernel", () => {
  const { network, agent, clock } = live(() => [], {
    bind: "wan2",
    until: 100,
    has: uplinks,
    routing: { after: 200 },
  });
  agent.stop();
  clock.runUntil(minute);
  assertEquals([network.ports, clock.pending], [[], 0]);
});

Deno.test("keepAlive() takes no death for one that may be another line's", () => {
  const route = { table: "main", bits: 0, metric: 0, via: null };
  const rows: [devices: string[], bind: string | null, wanted: string][] = [
    [["wan1", "wan2"], null, "silent EUPLINKS"],
    [["wan1", "wan2"], "10.2.0.2", "silent EUPLINKS"],
    [["wan2"], null, "dead undefined"],
    [["wan2"], "10.2.0.2", "dead undefined"],
  ];
  for (const [devices, bind, wanted] of rows) {
    const { routes, results } = live(() => [death()], {
      bind,
      until: 9 * second,
      has: uplinks,
      routing: {
        routing: () => ({ rules: [mainRule], routes: [{ ...route, devices }] }),
      },
    });
    const found = results.map(({ verdict, fault }) =>
      `${verdict} ${fault?.code}`
    );
    assertEquals(found, [wanted]);
    assertEquals(routes.peers, ["192.0.2.1"]);
  }
});
