/**
 * A blind forger of deaths, simulated: somebody who sees nothing of the traffic
 * floods all ports of this machine with death replies that claim to come from
 * the gateway, while the gateway answers truly and the network loses packets.
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
import { createVirtualClock } from "../../../lib/testing/virtual_clock.ts";
import type { Session } from "../../../lib/session/session_state.ts";
import { testSession } from "../../../lib/session/test_session.ts";

/** What a session that is alive has to stand. */
export interface Hardship {
  /** The share of packets that get lost, each way, from 0 to 1. */
  readonly loss: number;
  /** How long the gateway's answers take, in ms. */
  readonly rtt: number;
  /** Forged deaths a second, over all ports. */
  readonly rate: number;
  /** Whether a firewall lets only answers in, so that nothing reaches a socket that has sent nothing. */
  readonly isFiltered?: boolean;
}

/** As many ports Linux chooses from. */
const guesses = 28_232;

/** More deaths on one port change nothing: it is known by then that they are forged. */
const mostHits = 12;

/** A session with the default settings. */
export const forgedSession: Session = { ...testSession, bind: "192.0.2.7" };

const { gateway } = forgedSession;

/** What became of cycles. */
export interface Endurance {
  /** How many cycles ended with each verdict. */
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>;
  /** The most datagrams that one of them sent. */
  readonly mostTries: number;
  /** How many forged deaths hit a socket. */
  readonly hits: number;
}

/**
 * Lets so many cycles happen, all of them alive in truth: each in a session of
 * its own, as `check` does, or else in one session for as long as that lives.
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

  /** Lets a socket be hit at random times for as long as it is open. */
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
        ...socket,
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
