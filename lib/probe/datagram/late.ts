/**
 * Replies that come when their cycle is over.
 *
 * @module
 */
import type { Endpoint } from "../../world.ts";
import type { DatagramOrder, LateReply } from "../probe.ts";
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

/** Judges what comes to a socket after the end of its cycle. Keeps no more of it than that needs: thousands listen. */
export class LateReplies {
  private readonly order: DatagramOrder;
  /** When the first socket of the cycle was bound, in monotonic ms. */
  private readonly since: number;

  /** Takes a socket as it was when its cycle ended. */
  constructor(
    { plan, sockets }: Pick<Cycle, "plan" | "sockets">,
    private socket: CycleSocket,
  ) {
    this.order = plan;
    this.since = sockets[0]!.since;
  }

  /** Judges a datagram that arrived at monotonic time `now`, in ms. */
  hear(bytes: Uint8Array, from: Endpoint, now: number): LateEvent {
    const { order, since, socket } = this;
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
      answerTime: now - since,
      port: socket.port,
      order,
    };
    return { type: "late", late };
  }
}
