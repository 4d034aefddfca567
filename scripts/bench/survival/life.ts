/**
 * One session from its login on, and what became of it.
 *
 * @module
 */
import { deadUid, encodeReply } from "../../../lib/protocol/srun.ts";
import type { Random } from "../../../lib/random.ts";
import { createVirtualClock } from "../../../lib/testing/virtual_clock.ts";
import { createPath } from "./path.ts";
import { type Policy, uid } from "./policy.ts";

/** What a session lives under; times in ms since its login. */
export interface Conditions {
  /** Who keeps it alive. */
  readonly policy: Policy;
  /** How probable it is that a packet is lost, each way; 0 to 1. */
  readonly loss: number;
  /** How long a request and its reply take together. */
  readonly roundTrip: number;
  /** Loses packets. */
  readonly random: Random;
  /** When the gateway kills it; never if absent. */
  readonly killedAt?: number;
  /** After so long a silence nobody looks on any more, but for a while; never if absent. */
  readonly silence?: number;
  /** When nobody looks on any more in any case. */
  readonly until: number;
}

/** What a heartbeat came to. */
export interface Beat {
  /** When its first datagram left, in ms since the login. */
  readonly at: number;
  /** How many datagrams left. */
  readonly sent: number;
  /** Whether its verdict was alive. */
  readonly alive: boolean;
}

/** What happened, in ms since the login. */
export interface Life {
  /** When requests arrived at the gateway. */
  readonly arrived: readonly number[];
  /** The cycles that are over. */
  readonly cycles: readonly Beat[];
  /** When the death was noticed; infinite if it was not. */
  readonly noticedAt: number;
}

const echo = encodeReply(uid);
const death = encodeReply(deadUid);

/** How often it is asked whether to look on. */
const step = 3_600_000;

/** How much longer than its gateway a session is looked at, so that the cycle after its end is known. */
const aftermath = 120_000;

/** Lives one life. */
export function live(conditions: Conditions): Life {
  const { policy, killedAt = Infinity, silence = Infinity, until } = conditions;
  const clock = createVirtualClock();
  const arrived: number[] = [];
  const cycles: Beat[] = [];
  let noticedAt = Infinity;
  let begun = 0;
  let sent = 0;
  const datagrams = createPath({
    ...conditions,
    clock,
    onSent() {
      if (sent++ === 0) begun = clock.now();
    },
    answer(at) {
      arrived.push(at);
      return at < killedAt ? echo : death;
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
    clock.now() <= endOf(arrived, silence) + aftermath
  ) clock.runUntil(Math.min(clock.now() + step, until));
  return { arrived, cycles, noticedAt };
}

/** When a gateway drops a session whose requests arrive at these times: as soon as it was silent for so long. */
export function endOf(arrived: readonly number[], silence: number): number {
  let last = 0;
  for (const at of arrived) {
    if (at - last >= silence) break;
    last = at;
  }
  return last + silence;
}
