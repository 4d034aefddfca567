/**
 * Replies that come when their cycle is over.
 *
 * @module
 */
import type { LateReply, Order } from "../probe.ts";
import type { Endpoint } from "../../world.ts";
import { count, type CycleSocket, judgeDatagram, roundTrip } from "./cycle.ts";
import type { Reasons } from "../../finding.ts";

/** A finished cycle's sockets, which may still be answered. */
export interface Lingering {
  /** What was ordered, by which its datagrams are judged. */
  readonly order: Order;
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
  const { order } = entry;
  const judgement = judgeDatagram(socket, { plan: order, from, bytes });
  if (judgement.reason !== undefined) {
    const strays = count(before.strays, judgement.reason);
    return [{ ...before, strays }, null];
  }
  const { reply, sentAt } = judgement;
  const sockets = entry.sockets.map((old) =>
    old === socket ? { ...socket, answer: reply } : old
  );
  const lingering = before.lingering.map((old) =>
    old === entry ? { ...entry, sockets } : old
  );
  const strays = count(before.strays, "late");
  const { port } = socket;
  const rtt = roundTrip(socket, sentAt, now);
  const answerTime = now - entry.sockets[0]!.since;
  const isLast = entry === before.lingering.at(-1);
  const late = { reply, rtt, answerTime, order, from, port, isLast };
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
