/**
 * One connection as data: how far it has come, and what its faults mean.
 *
 * @module
 */
import type { Phases } from "../../finding.ts";
import type { Dialogue, Heard } from "../../protocol/protocol.ts";
import {
  certificateCode,
  type Endpoint,
  type Fault,
  goneCode,
  noSocketCode,
  notTlsCode,
  refusedCode,
  type StreamPhase,
} from "../../world.ts";
import { wrongRouteCode } from "../source_address.ts";
import type { StreamOrder } from "../probe.ts";

/** A connection that is open, or being opened; times in monotonic ms. */
export interface Connection {
  /** Its number in the session; no two are the same. */
  readonly id: number;
  /** The cycle that it was opened for, or asked in last. */
  readonly order: StreamOrder;
  /** Where to. */
  readonly to: Endpoint;
  /** When its cycle began. */
  readonly cycleSince: number;
  /** When it was ordered. */
  readonly since: number;
  /** When the peer's kernel accepted it; `null` before. */
  readonly connectedAt: number | null;
  /** When bytes could go; `null` before. */
  readonly openedAt: number | null;
  /** When the peer's first bytes came; `null` before. */
  readonly heardAt: number | null;
  /** Its local port; `null` before it is connected, and where there are none. */
  readonly port: number | null;
  /** What its dialogue knows; `null` before it is open. */
  readonly state: unknown;
  /** When the last question was sent; `null` before the first. */
  readonly askedAt: number | null;
  /** Whether that was answered by a proof of life. */
  readonly isAnswered: boolean;
  /** Whether it has proven life in an earlier cycle. */
  readonly isHeld: boolean;
  /** When it is closed for want of an answer; infinite while it is of use. */
  readonly closesAt: number;
}

/** A connection that is about to be opened. */
export function freshConnection(
  { id, order, to, cycleSince, now }: {
    readonly id: number;
    readonly order: StreamOrder;
    readonly to: Endpoint;
    readonly cycleSince: number;
    readonly now: number;
  },
): Connection {
  return {
    id,
    order,
    to,
    cycleSince,
    since: now,
    connectedAt: null,
    openedAt: null,
    heardAt: null,
    port: null,
    state: null,
    askedAt: null,
    isAnswered: false,
    isHeld: false,
    closesAt: Infinity,
  };
}

/** No step was reached. */
export const noPhases: Phases = {
  connect: null,
  tls: null,
  greeting: null,
  proof: null,
};

/** How long its steps took until the verdict at `now`. */
export function phasesOf(
  { since, connectedAt, openedAt, heardAt, isHeld, askedAt, order }: Connection,
  now: number,
): Phases {
  if (isHeld) return { ...noPhases, proof: now - askedAt! };
  if (connectedAt === null) return noPhases;
  const connect = connectedAt - since;
  if (openedAt === null) return { ...noPhases, connect };
  const tls = order.heartbeat.tls === null ? null : openedAt - connectedAt;
  if (heardAt === null) return { connect, tls, greeting: null, proof: null };
  return { connect, tls, greeting: heardAt - openedAt, proof: now - heardAt };
}

/** From the question to its answer at `now`, in ms; where nothing had to be asked, from the order to the open connection. */
export function roundTripOf(
  { askedAt, since }: Connection,
  now: number,
): number {
  return now - (askedAt ?? since);
}

/** What a connection that is open means to say by its silence or its end. */
export function silenceOf(
  { state, openedAt, connectedAt, order: { heartbeat } }: Connection,
): Heard {
  if (openedAt !== null) return heartbeat.timedOut(state);
  return unable(
    connectedAt === null
      ? "did not accept the connection in time"
      : "accepted the connection, but no TLS handshake came to its end in time",
  );
}

/** What it means that a peer has ended a connection. */
export function endOf(
  { state, openedAt, order: { heartbeat } }: Connection,
): Heard {
  return openedAt !== null
    ? heartbeat.ended(state)
    : unable("ended the connection during the TLS handshake");
}

/** The good-bye that a connection wants before it is closed; `null` for none. */
export function farewellOf(
  { state, openedAt, order: { heartbeat } }: Connection,
): Uint8Array | null {
  return openedAt === null ? null : heartbeat.farewell(state);
}

/** Faults of this machine: the try has not left it. */
const localCodes: ReadonlySet<string> = new Set([
  "EACCES",
  "EADDRINUSE",
  "EADDRNOTAVAIL",
  "EAFNOSUPPORT",
  "EINVAL",
  "EMFILE",
  "ENETDOWN",
  "ENETUNREACH",
  "ENFILE",
  "ENOBUFS",
  "ENODEV",
  "ENOMEM",
  "ENONET",
  "ENOSYS",
  "EPERM",
  noSocketCode,
  wrongRouteCode,
]);

/** What a fault means: `null` if the try has not left this machine. */
export function meaningOf(phase: StreamPhase, fault: Fault): Heard | null {
  const { code, message } = fault;
  if (code === certificateCode) return flaw("certificate", message);
  if (code === notTlsCode) return flaw("protocol", message);
  if (phase === "connect") {
    if (code === refusedCode) {
      return dead("refused", "refused the connection");
    }
    if (code === goneCode) return dead("gone", "is not there");
    if (localCodes.has(code)) return null;
  }
  if (code === "ECONNRESET" || code === "EPIPE") {
    return unable("reset the connection");
  }
  return unable(message);
}

function dead(sign: string, note: string): Heard {
  return { type: "dead", sign, note };
}

function flaw(flaw: string, note: string): Heard {
  return { type: "flaw", flaw, note };
}

function unable(note: string): Heard {
  return { type: "unable", note };
}

/** How many random bytes a dialogue gets. */
const nonceLength = 32;

/** Draws the random bytes that a dialogue gets. */
export function drawNonce(random: () => number): Uint8Array {
  return Uint8Array.from(
    { length: nonceLength },
    () => Math.floor(random() * 256),
  );
}

/** Whether a dialogue can ask again on a connection that it holds. */
export function mayHold(
  { hold, heartbeat }: StreamOrder,
  state: unknown,
): boolean {
  const nonce = new Uint8Array(nonceLength);
  return hold && (heartbeat as Dialogue).ping(state, { nonce, wallTime: 0 }) !==
      null;
}
