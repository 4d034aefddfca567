/**
 * Replies that come when their cycle is over.
 *
 * @module
 */
import type { Reply } from "../../protocol/heartbeat.ts";
import type { Endpoint } from "../../world.ts";
import {
  count,
  type CyclePlan,
  type CycleSocket,
  judgeDatagram,
  roundTrip,
} from "./cycle.ts";
import type { Reasons } from "../../finding.ts";

/** A finished cycle's sockets, which may still be answered. */
export interface Lingering {
  /** What its datagrams are judged by. */
  readonly plan: CyclePlan;
  /** The sockets. */
  readonly sockets: readonly CycleSocket[];
  /** When they are closed, in monotonic ms. */
  readonly until: number;
}

/** What is known of cycles that are over. */
export interface Aftermath {
  /** Those that may still be answered. */
  readonly lingering: readonly Lingering[];
  /** What was discarded on their sockets since the last report of a cycle. */
  readonly strays: Reasons;
}

/** Nothing is left of any cycle: one for all, since there may be thousands. */
export const noAftermath: Aftermath = { lingering: [], strays: {} };

/** A valid reply to a cycle that is over. */
export interface LateReply {
  /** What it says. */
  readonly reply: Reply;
  /** The round trip after Karn, in ms; `null` where more than one try was made on its socket. */
  readonly rtt: number | null;
  /** From its cycle's first try to it, in ms; from the first one on the cycle's sockets that still listen. */
  readonly answerTime: number;
  /** The plan of the cycle that it answers. */
  readonly plan: CyclePlan;
  /** Where it came from. */
  readonly from: Endpoint;
  /** The local port that it came to. */
  readonly port: number | null;
  /** Whether it answers the last cycle that is over. */
  readonly isLast: boolean;
}

/** Those whose time is not over. They are in the order in which it is, and may be thousands, so that only those are looked at that go. */
export function stillLingering(
  lingering: readonly Lingering[],
  now: number,
): readonly Lingering[] {
  const first = lingering.findIndex(({ until }) => until > now);
  return first < 0 ? [] : lingering.slice(first);
}

/** Counts a datagram on a lingering socket; the reply is `null` unless it is valid and the first of its kind there. */
export function hearLate(
  before: Aftermath,
  { socket: id, from, bytes, now }: {
    readonly socket: number;
    readonly from: Endpoint;
    readonly bytes: Uint8Array;
    /** Monotonic time in ms. */
    readonly now: number;
  },
): [Aftermath, LateReply | null] {
  const entry = before.lingering.find(({ sockets }) =>
    sockets.some((socket) => socket.id === id)
  );
  const socket = entry?.sockets.find((socket) => socket.id === id);
  if (entry === undefined || socket === undefined) return [before, null];
  const { plan } = entry;
  const judgement = judgeDatagram(socket, { plan, from, bytes });
  if ("reason" in judgement) {
    const strays = count(before.strays, judgement.reason);
    return [{ ...before, strays }, null];
  }
  const { reply } = judgement;
  const sockets = entry.sockets.map((old) =>
    old === socket ? { ...socket, answer: reply } : old
  );
  const lingering = before.lingering.map((old) =>
    old === entry ? { ...entry, sockets } : old
  );
  const strays = count(before.strays, "late");
  const { port } = socket;
  const rtt = roundTrip(socket, now);
  const answerTime = now - entry.sockets[0]!.since;
  const isLast = entry === before.lingering.at(-1);
  const late = { reply, rtt, answerTime, plan, from, port, isLast };
  return [{ lingering, strays }, late];
}

/** Forgets a socket that is closed, the oldest one as a rule: nothing will be heard on it any more. */
export function forget(before: Aftermath, id: number): Aftermath {
  const { lingering, strays } = before;
  const at = lingering.findIndex(({ sockets }) =>
    sockets.some((socket) => socket.id === id)
  );
  const entry = lingering[at];
  if (entry === undefined) return before;
  const sockets = entry.sockets.filter((socket) => socket.id !== id);
  if (sockets.length > 0) {
    return { lingering: lingering.with(at, { ...entry, sockets }), strays };
  }
  return {
    lingering: lingering.length > 1
      ? lingering.toSpliced(at, 1)
      : noAftermath.lingering,
    strays,
  };
}
