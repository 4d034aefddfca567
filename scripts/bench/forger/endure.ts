/**
 * Simulates a blind forger: it does not see the traffic, and floods all ports of
 * this machine with death replies in the name of the gateway. The real gateway
 * answers, and the network loses packets.
 *
 * @module
 */
import { keepAlive } from "../../../lib/session/agent.ts";
import { createSockets } from "../../../lib/probe/datagram/sockets.ts";
import { deadUid, encodeReply } from "../../../lib/protocol/srun.ts";
import { seededRandom } from "../../../lib/random.ts";
import type { Verdict } from "../../../lib/verdict.ts";
import type { Datagrams } from "../../../lib/world.ts";
import { createFakeNetwork } from "../../../lib/testing/fake_network.ts";
import { noRoutes } from "../../../lib/testing/fake_routes.ts";
import { noStreams } from "../../../lib/testing/fake_streams.ts";
import { createVirtualClock } from "../../../lib/testing/virtual_clock.ts";
import type { Session } from "../../../lib/session/session_state.ts";
import { testSession } from "../../../lib/session/test_session.ts";

/** The conditions of a session that is alive. */
export interface Hardship {
  /** The share of packets lost each way, from 0 to 1. */
  readonly loss: number;
  /** The round trip to the gateway, in ms. */
  readonly rtt: number;
  /** Forged deaths per second, over all ports. */
  readonly rate: number;
  /** Whether a firewall drops datagrams to a socket that has sent nothing. */
  readonly isFiltered?: boolean;
}

/** The number of ports that Linux chooses from. */
const guesses = 28_232;

/** The most forged deaths on one port. More change nothing, since they are known as forged. */
const mostHits = 12;

/** A session with the default settings. */
const forgedSession: Session = { ...testSession, bind: "192.0.2.7" };

const { gateway } = forgedSession;

/** The result of many cycles. */
export interface Endurance {
  /** The number of cycles by verdict. */
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>;
  /** The most datagrams of one cycle. */
  readonly mostTries: number;
  /** The number of forged deaths that hit a socket. */
  readonly hits: number;
}

/**
 * Simulates cycles of a session that is alive: each in a fresh session, as
 * `check` does, or all in one session as long as that lives.
 */
export function endure(
  { loss, rtt, rate, isFiltered = false }: Hardship,
  { seed, cycles, isFresh }: {
    readonly seed: number;
    readonly cycles: number;
    readonly isFresh: boolean;
  },
): Endurance {
  const clock = createVirtualClock();
  const random = seededRandom(seed);
  const verdicts: Partial<Record<Verdict, number>> = {};
  let hits = 0;
  let mostTries = 0;
  let left = cycles;
  const isLost = () => random() < loss;
  const network = createFakeNetwork({
    clock,
    random,
    respond: () =>
      isLost() || isLost() ? [] : [{ bytes: encodeReply(77n), after: rtt }],
  });
  const gap = 1000 * guesses / rate;

  /** Hits open sockets at random times. */
  const datagrams: Datagrams = {
    bind(options) {
      const socket = network.bind(options);
      if ("code" in socket) return socket;
      let isOpen = true;
      let hitsLeft = mostHits;
      let hasSent = false;
      const forge = () => {
        const at = clock.now() - Math.log(1 - random()) * gap;
        clock.setTimer(at, () => {
          if (!isOpen) return;
          if (--hitsLeft > 0) forge();
          if (isFiltered && !hasSent || isLost()) return;
          hits++;
          options.onDatagram(encodeReply(deadUid), gateway);
        });
      };
      forge();
      return {
        port: socket.port,
        send(bytes, to, onFault) {
          hasSent = true;
          socket.send(bytes, to, onFault);
        },
        close() {
          isOpen = false;
          socket.close();
        },
      };
    },
  };
  const world = {
    clock,
    random,
    datagrams,
    interfaces: { addresses: () => [] },
    routes: noRoutes,
    streams: noStreams,
    names: { lookUp() {} },
  };

  while (left > 0) {
    let isOver = false;
    const agent = keepAlive(
      { ...forgedSession, count: isFresh ? 1 : left },
      {
        world,
        sockets: createSockets(world),
        onReport(report) {
          if (report.type === "ended") isOver = true;
          if (report.type !== "cycle") return;
          const { verdict, tries } = report.result;
          verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
          mostTries = Math.max(mostTries, tries);
          left--;
        },
      },
    );
    while (!isOver) clock.runUntil(clock.next);
    agent.stop();
  }
  return { verdicts, mostTries, hits };
}
