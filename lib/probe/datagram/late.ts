/**
 * Replies that come when their cycle is over.
 *
 * @module
 */
import type { Endpoint } from "../../world.ts";
import type { LateReply } from "../probe.ts";
import {
  type Cycle,
  type CycleSocket,
  judgeDatagram,
  roundTrip,
} from "./cycle.ts";

/** What came to a socket whose cycle is over. */
export type LateEvent =
  /** A valid reply, the first of its kind on this socket. */
  | { readonly type: "late"; readonly late: Omit<LateReply, "isLast"> }
  /** Anything else. */
  | { readonly type: "discarded"; readonly reason: string };

/** Judges what comes to a socket after the end of its cycle. */
export class LateReplies {
  /** Takes a socket as it was when its cycle ended. */
  constructor(
    private readonly cycle: Pick<Cycle, "plan" | "sockets">,
    private socket: CycleSocket,
  ) {}

  /** Judges a datagram that arrived at monotonic time `now`, in ms. */
  hear(bytes: Uint8Array, from: Endpoint, now: number): LateEvent {
    const { cycle: { plan: order, sockets }, socket } = this;
    const judgement = judgeDatagram(socket, { plan: order, from, bytes });
    if (judgement.reason !== undefined) {
      return { type: "discarded", reason: judgement.reason };
    }
    const { reply, sentAt } = judgement;
    this.socket = { ...socket, answer: reply };
    const late = {
      reply,
      from,
      rtt: roundTrip(socket, sentAt, now),
      answerTime: now - sockets[0]!.since,
      port: socket.port,
      order,
    };
    return { type: "late", late };
  }
}
