/**
 * Connections on a schedule that chance makes: peers that say anything, cut
 * anywhere, end, reset, refuse and hang at any moment, in virtual time. An
 * observer hears what each connection brings, and knows docs/decisions.md's
 * rules.
 *
 * @module
 */
import { lingerTime, streamBudget } from "../../lib/probe/stream/talk.ts";
import { createStreamProbe } from "../../lib/probe/stream/stream_probe.ts";
import {
  anyRoom,
  encode,
  lineDialogue,
  text,
} from "../../lib/probe/stream/test_dialogue.ts";
import type { ProbeEvent, StreamOrder } from "../../lib/probe/probe.ts";
import type { Dialogue } from "../../lib/protocol/protocol.ts";
import { type Random, seededRandom } from "../../lib/random.ts";
import {
  createFakeStreams,
  type FakeConnection,
  type FakeServing,
} from "../../lib/testing/fake_streams.ts";
import { createFakeRoutes } from "../../lib/testing/fake_routes.ts";
import { createVirtualClock } from "../../lib/testing/virtual_clock.ts";
import { refusedCode, type Streams } from "../../lib/world.ts";
import { below, chance, pick } from "./chance.ts";

/** What a schedule led to. */
export interface StreamOutcome {
  /** The verdicts of its cycles, in their order. */
  readonly verdicts: readonly string[];
  /** How many connections were made. */
  readonly connections: number;
}

/** What a connection brought, and when, in monotonic ms. */
interface Brought {
  readonly at: number;
  readonly connection: number;
  readonly host: string;
  readonly what: "alive" | "no" | "refused";
}

/** Lives through one schedule; throws an `Error` that names the rule if one was broken. */
export function fuzzStreams(seed: number): StreamOutcome {
  const random = seededRandom(seed);
  const clock = createVirtualClock();
  const brought: Brought[] = [];
  const fake = createFakeStreams({ clock, serve: () => anyPeer(random) });
  const streams: Streams = {
    open(order) {
      const connection = fake.connections.length;
      const { host } = order.to;
      const note = (what: Brought["what"]) =>
        brought.push({ at: clock.now(), connection, host, what });
      let line = "";
      return fake.open({
        ...order,
        onBytes(bytes) {
          const lines = (line + text(bytes)).split("\n");
          line = lines.pop()!;
          // What stands behind anything else on a line is heard no more.
          for (const it of lines) {
            if (it === "alive") note("alive");
            else if (it === "dead") note("no");
          }
          order.onBytes(bytes);
        },
        onFault(phase, fault) {
          if (fault.code === refusedCode && phase === "connect") {
            note("refused");
          }
          order.onFault(phase, fault);
        },
      });
    },
  };
  const order = anyOrder(random);
  const verdicts: string[] = [];
  let begun: number | null = null;
  let before = 0;
  let left = 1 + below(random, 6);
  const addresses = () => [];
  const probe = createStreamProbe(
    {
      clock,
      streams,
      random,
      interfaces: { addresses },
      routes: createFakeRoutes({}, { clock, addresses }),
    },
    anyRoom,
    onEvent,
  );

  function begin(): void {
    begun = clock.now();
    before = fake.connections.length;
    probe.begin({ ...order, mayConfirm: chance(random, 0.9) });
  }

  function onEvent(event: ProbeEvent): void {
    switch (event.type) {
      case "lost":
        return check(begun === null && order.hold, "lost while it asked");
      case "late":
        return check(isAliveNow(), "a late answer that nobody gave");
      case "ended":
        return onEnd(event.end.result.verdict);
    }
  }

  function onEnd(verdict: string): void {
    check(begun !== null, "an end without a beginning");
    const since = begun!;
    const made = fake.connections.length - before;
    verdicts.push(verdict);
    check(clock.now() - since <= streamBudget(order) + 1, "over budget");
    const needed = Math.max(order.confirm, order.deadAfter > 0 ? 2 : 1);
    const most = Math.max(
      order.tries + needed,
      order.targets.length * needed,
    );
    check(made <= most, `${made} connections`);
    if (verdict === "alive") check(isAliveNow(), "alive without a proof");
    if (verdict === "dead") check(isDead(since), "dead without being said so");
    check(fake.openCount <= 4 * most + 1, `${fake.openCount} open`);
    begun = null;
    left--;
    if (left === 0) return;
    const pause = pick(random, [0, 1, 500, 5_000, 60_000]) * random();
    clock.setTimer(clock.now() + pause, begin);
  }

  function isAliveNow(): boolean {
    return brought.some(({ at, what }) =>
      at === clock.now() && what === "alive"
    );
  }

  /** Whether the address that knows, or else each of them, has said so on enough fresh connections of this cycle, far enough apart. */
  function isDead(since: number): boolean {
    const saysSo = (host: string) => {
      const signs = brought.filter((it) =>
        it.at >= since && it.connection >= before && it.host === host &&
        it.what !== "alive" && order.deadOn.includes(it.what)
      );
      const [first, last] = [signs[0]?.at ?? 0, signs.at(-1)?.at ?? 0];
      const connections = new Set(signs.map(({ connection }) => connection));
      return connections.size >= Math.max(order.confirm, 1) &&
        last - first >= order.deadAfter;
    };
    return saysSo(order.lastAnswered ?? "") ||
      order.targets.every(({ host }) => saysSo(host));
  }

  begin();
  clock.runUntil(clock.now() + 10 * (streamBudget(order) + 60_000));
  check(left === 0, "a cycle without an end");
  clock.runUntil(clock.now() + lingerTime + 1);
  check(fake.openCount <= (order.hold ? 1 : 0), "connections are left");
  probe.close();
  check(fake.openCount === 0, "connections are left at the end");
  clock.runUntil(clock.now() + 120_000);
  check(clock.pending === 0, "timers are left");
  return { verdicts, connections: fake.connections.length };
}

function anyOrder(random: Random): StreamOrder {
  return {
    heartbeat: lineDialogue as Dialogue,
    targets: pick(random, [[one], [one, other], [other, one, third]]),
    replyFrom: [],
    doubtful: null,
    lastAnswered: pick(random, [null, one.host, other.host]),
    bind: null,
    silentCycles: 0,
    timeout: pick(random, [100, 1_000, 3_000]),
    tries: 1 + below(random, 3),
    confirm: 1 + below(random, 3),
    deadAfter: pick(random, [0, 500, 5_000]),
    mayConfirm: true,
    hearsLateDeaths: false,
    lateDeath: null,
    smoothedRtt: null,
    deadOn: pick(random, [["refused", "no"], ["no"], ["refused"], []]),
    hold: chance(random, 0.5),
  };
}

const [one, other, third] = ["192.0.2.1", "2001:db8::1", "192.0.2.3"]
  .map((host) => ({ host, port: 80 })) as [
    StreamOrder["targets"][number],
    StreamOrder["targets"][number],
    StreamOrder["targets"][number],
  ];

const faults = [
  "ECONNREFUSED",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EMFILE",
  "ECONNRESET",
];

function anyPeer(random: Random): FakeServing | null {
  if (chance(random, 0.1)) return null;
  const connect = random() * pick(random, [1, 1, 100, 5_000, 20_000]);
  if (chance(random, 0.3)) {
    const code = pick(random, faults);
    return { connect, fault: { code, message: code } };
  }
  const mood = pick(random, ["alive\n", "dead\n", "any", "any", ""]);
  const act = (connection: FakeConnection) => anyAct(random, mood, connection);
  return {
    connect,
    onOpen: (it) => chance(random, 0.2) && act(it),
    onWrite: (bytes, it) => text(bytes) === "?" && act(it),
  };
}

function anyAct(random: Random, mood: string, peer: FakeConnection): void {
  const after = random() * pick(random, [1, 1, 50, 4_000, 15_000]);
  const words = mood !== "any" ? mood : pick(random, [
    "alive\n",
    "dead\n",
    "busy\n",
    "ali",
    "\n\n\n",
    "alive\ndead\n",
    "dead\nalive\n",
    String.fromCharCode(below(random, 256), below(random, 256)),
  ]);
  const bytes = encode(words);
  const cut = below(random, bytes.length + 1);
  for (const part of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
    if (part.length > 0) peer.say(part, after);
  }
  const end = after + random() * pick(random, [1, 1_000, 15_000]);
  const fate = random();
  if (fate < 0.2) peer.end(end);
  else if (fate < 0.4) {
    peer.fail({ code: "ECONNRESET", message: "reset" }, end);
  }
}

function check(holds: boolean, rule: string): void {
  if (!holds) throw new Error(rule);
}
