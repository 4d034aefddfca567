/**
 * Simulates the life of one session from its login on.
 *
 * @module
 */
import { deadUid, encodeReply } from "../../../lib/protocol/srun.ts";
import type { Random } from "../../../lib/random.ts";
import { createFakeNetwork } from "../../../lib/testing/fake_network.ts";
import { createVirtualClock } from "../../../lib/testing/virtual_clock.ts";
import { type Policy, uid } from "./policy.ts";

/** The conditions of a session. Times are ms since its login. */
export interface Conditions {
  /** The client that keeps it alive. */
  readonly policy: Policy;
  /** The probability that a packet is lost each way, from 0 to 1. */
  readonly loss: number;
  /** The round trip in ms. */
  readonly roundTrip: number;
  /** Decides which packets are lost. */
  readonly random: Random;
  /** When the gateway kills it; never if absent. */
  readonly killedAt?: number;
  /** The simulation ends soon after a silence of this length; never if absent. */
  readonly silence?: number;
  /** When the simulation ends in any case. */
  readonly until: number;
}

/** The result of a heartbeat. */
export interface Beat {
  /** The time of its first datagram, in ms since the login. */
  readonly at: number;
  /** The number of its datagrams. */
  readonly sent: number;
  /** Whether its verdict was alive. */
  readonly alive: boolean;
}

/** The events of a life, in ms since the login. */
export interface Life {
  /** When requests arrived at the gateway. */
  readonly arrived: readonly number[];
  /** The finished cycles. */
  readonly cycles: readonly Beat[];
  /** When the death was noticed; infinite if it was not. */
  readonly noticedAt: number;
}

const echo = encodeReply(uid);
const death = encodeReply(deadUid);

/** How often the simulation checks whether it is over, in ms. */
const step = 3_600_000;

/** How long the simulation goes on after the end, so that the next cycle is known, in ms. */
const afterEndMs = 120_000;

/** Simulates a life. */
export function live(conditions: Conditions): Life {
  const { policy, loss, roundTrip, random, until } = conditions;
  const { killedAt = Infinity, silence = Infinity } = conditions;
  const clock = createVirtualClock();
  const arrived: number[] = [];
  const cycles: Beat[] = [];
  let noticedAt = Infinity;
  let begun = 0;
  let sent = 0;
  let port = 0;
  const datagrams = createFakeNetwork({
    clock,
    random,
    // Chance is for packets alone.
    nextPort: () => port = port % 65535 + 1,
    respond() {
      if (sent++ === 0) begun = clock.now();
      if (random() < loss) return [];
      const at = clock.now() + roundTrip / 2;
      arrived.push(at);
      if (random() < loss) return [];
      return [{ bytes: at < killedAt ? echo : death, after: roundTrip }];
    },
  });
  policy({
    clock,
    datagrams,
    onCycle(alive) {
      cycles.push({ at: begun, sent, alive });
      sent = 0;
    },
    onDead() {
      noticedAt = clock.now();
    },
  });
  while (
    clock.now() < until && noticedAt === Infinity &&
    clock.now() <= endOf(arrived, silence) + afterEndMs
  ) clock.runUntil(Math.min(clock.now() + step, until));
  return { arrived, cycles, noticedAt };
}

/** When a gateway drops a session: after the first silence of this length between arrivals. */
export function endOf(arrived: readonly number[], silence: number): number {
  let last = 0;
  for (const at of arrived) {
    if (at - last >= silence) break;
    last = at;
  }
  return last + silence;
}
