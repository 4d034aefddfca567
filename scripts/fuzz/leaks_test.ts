import { assert, assertEquals } from "@std/assert";
import { deadUid, encodeReply } from "../../lib/protocol/srun.ts";
import { type Random, seededRandom } from "../../lib/random.ts";
import {
  createFakeNetwork,
  type FakeReply,
} from "../../lib/testing/fake_network.ts";
import { noRoutes } from "../../lib/testing/fake_routes.ts";
import { noStreams } from "../../lib/testing/fake_streams.ts";
import { createVirtualClock } from "../../lib/testing/virtual_clock.ts";
import type { Endpoint, Fault } from "../../lib/world.ts";
import { keepAlive } from "../../lib/session/agent.ts";
import type { Session } from "../../lib/session/session_state.ts";
import { testSession } from "../../lib/session/test_session.ts";
import { lingerTime } from "../../lib/probe/datagram/lingering.ts";
import { createSockets } from "../../lib/probe/datagram/sockets.ts";
import { most } from "./seeds.ts";

/** So many cycles are enough to see what grows after the first of them. */
const cycles = most(20_000, 2_000);
const first = 200;

const session: Session = {
  ...testSession,
  interval: 1000,
  jitter: 100,
  timeout: 200,
  // Deaths are asked about again and again, and never believed.
  confirm: 20,
  deadAfter: 500,
};

const stranger: Endpoint = { host: "192.0.2.1", port: 53 };
const noRoute: Fault = { code: "ENETUNREACH", message: "no route" };

type Respond = (random: Random) => readonly FakeReply[] | Fault;

const echo = (after: number) => ({ bytes: encodeReply(77n), after });
const death = (after: number) => ({ bytes: encodeReply(deadUid), after });

/** What comes back for a request. */
const networks: [name: string, respond: Respond][] = [
  ["with replies", () => [echo(1)]],
  ["without replies", () => []],
  ["with forged deaths", (random) => {
    return random() < 0.05 ? [death(1 + random() * 9_000)] : [];
  }],
  ["that does whatever it likes", (random) => {
    if (random() < 0.1) return noRoute;
    return Array.from({ length: Math.floor(random() * 3) }, () => {
      const after = 1 + random() ** 4 * 12_000;
      const all = [
        echo(after),
        death(after),
        { ...death(after), from: stranger },
        { bytes: new Uint8Array(3), after },
      ];
      return all[Math.floor(random() * all.length)]!;
    });
  }],
];

/** Sees to it that values are never much greater than in the first cycles. */
function createWatch() {
  const greatest: Record<string, number> = {};
  return (cycle: number, values: Readonly<Record<string, number>>): void => {
    for (const [name, value] of Object.entries(values)) {
      const before = greatest[name] ?? 0;
      // Whatever grows with the cycles is many times as much in the end; several long confirmations in a row are chance.
      if (cycle <= first) greatest[name] = Math.max(before, value);
      else assert(value <= 5 * before, `${name}: ${before}, now ${value}`);
    }
  };
}

for (const [name, respond] of networks) {
  Deno.test(`keepAlive() leaves nothing behind in thousands of cycles in a network ${name}`, () => {
    const clock = createVirtualClock();
    const random = seededRandom(1);
    const datagrams = createFakeNetwork({
      clock,
      random,
      respond: () => respond(random),
    });
    const world = {
      clock,
      random,
      datagrams,
      interfaces: { addresses: () => [] },
      routes: noRoutes,
      streams: noStreams,
      names: { lookUp() {} },
    };
    const watch = createWatch();
    let cycle = 0;
    const agent = keepAlive(session, {
      world,
      sockets: createSockets(world),
      onReport({ type }) {
        if (type !== "cycle") return;
        watch(++cycle, { timers: clock.pending, sockets: datagrams.open });
      },
    });
    while (cycle < cycles) {
      assert(clock.pending > 0 && clock.pending < 1000, `${clock.pending}`);
      clock.runUntil(clock.next);
    }
    agent.stop();
    clock.runUntil(clock.now() + 2 * lingerTime);
    assertEquals([clock.pending, datagrams.open], [0, 0]);
  });
}
