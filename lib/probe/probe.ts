/**
 * The interface between a session and whatever carries its heartbeats. A session
 * orders cycles; a probe reports results and late replies. Sockets, tries and
 * ports are the probe's; the schedule, faults in a row and logins the session's.
 *
 * @module
 */
import type { CycleResult, OneWay } from "../finding.ts";
import type { Dialogue, Heartbeat, Reply } from "../protocol/protocol.ts";
import type { Endpoint, Fault } from "../world.ts";

/** A cycle to make; durations in ms. */
export interface Order<Lifesign = Heartbeat | Dialogue> {
  /** What to send, and how to judge the answers. */
  readonly heartbeat: Lifesign;
  /** The addresses that tries go round; at least one. */
  readonly targets: readonly Endpoint[];
  /** Other addresses that may answer for those that were asked, from the same port. */
  readonly replyFrom: readonly string[];
  /** A target whose death replies don't count, since the gateway's name no longer has it; `null` for none. */
  readonly doubtful: string | null;
  /** The local address or the interface that datagrams leave by; `null` for what the routes say. */
  readonly bind: string | null;
  /** How many cycles in a row were silent: each leads to the interface's next address. */
  readonly silentCycles: number;
  /** How long to wait after the first try; half as long again after each further one. */
  readonly timeout: number;
  /** How many tries there are, at least 1. */
  readonly tries: number;
  /** How many death replies make a death, at least 1. */
  readonly confirm: number;
  /** Over how long the requests that confirm a death are spread. */
  readonly deadAfter: number;
  /** Whether a death reply may start its confirmation. */
  readonly mayConfirm: boolean;
  /** Whether a late death reply to an earlier cycle may do so, too. */
  readonly hearsLateDeaths: boolean;
  /** The late death reply that this cycle confirms; `null` for none. */
  readonly lateDeath: Answered | null;
  /** How long the gateway takes to answer at most; `null` if that is unknown. */
  readonly smoothedRtt: number | null;
  /** The address that answered last; `null` if that is unknown. */
  readonly lastAnswered: string | null;
  /** Streams: the death signs that count. */
  readonly deadOn: readonly string[];
  /** Streams: whether to keep the connection that proves life, and ask on it again. */
  readonly hold: boolean;
}

/** A cycle to be made with datagrams. */
export type DatagramOrder = Order<Heartbeat>;

/** A cycle to be made with streams. */
export type StreamOrder = Order<Dialogue>;

/** An answer that decided something. */
export interface Answered {
  /** Where it came from. */
  readonly from: Endpoint;
  /** The round trip, in ms; `null` if it is unknown which try was answered (Karn). */
  readonly rtt: number | null;
  /** From the cycle's first try to it, in ms. */
  readonly answerTime: number;
  /** How many tries were made before the one that it answers; absent if that is not known. */
  readonly lost?: number;
  /** How long that try and it were under way; absent if that can't be told. */
  readonly oneWay?: OneWay;
  /** The local port that it came to; `null` if that is not known. */
  readonly port: number | null;
}

/** A valid reply to a cycle that is over. */
export interface LateReply extends Answered {
  /** What it says. */
  readonly reply: Reply;
  /** The cycle that it answers. */
  readonly order: Order;
  /** Whether no later cycle is over. */
  readonly isLast: boolean;
}

/** The end of a cycle. */
export interface CycleEnd {
  /** What was ordered. */
  readonly order: Order;
  /** What it found out. */
  readonly result: CycleResult;
  /** When it began, in monotonic ms. */
  readonly since: number;
  /** How many tries it made, sent or not. */
  readonly tries: number;
  /** The addresses that it asked. */
  readonly asked: readonly string[];
  /** Those that may have said something, though nothing that tells what became of the session. */
  readonly heard: readonly string[];
  /** How another target contradicts what it found out; absent if none does. */
  readonly disagreement?: Fault;
}

/** What a probe reports. */
export type ProbeEvent =
  /** The cycle under way has begun to confirm a death. */
  | { readonly type: "confirming" }
  /** The cycle under way is over. */
  | { readonly type: "ended"; readonly end: CycleEnd }
  /** A reply came to a cycle that is over. */
  | { readonly type: "late"; readonly late: LateReply }
  /** The connection that was kept has ended between two cycles, for this reason. */
  | { readonly type: "lost"; readonly reason: string };

/** Makes a session's cycles, one at a time, and reports {@linkcode ProbeEvent}s. */
export interface Probe<Lifesign = Heartbeat | Dialogue> {
  /** Begins a cycle; an `ended` event follows. */
  begin(order: Order<Lifesign>): void;
  /** Closes everything; no event follows. */
  close(): void;
}
