/**
 * The faults of a simulated network between gateway and clients.
 *
 * @module
 */
import { encodeReply } from "../protocol/srun.ts";
import type { Random } from "../random.ts";

/** The ways in which a datagram can be garbled. */
export const garblings = ["length", "uid", "tail", "random"] as const;

/** One way in which a datagram can be garbled. */
export type Garbling = typeof garblings[number];

/** What can come over HTTP instead of an answer: a login page, or status 503. */
export const streamGarblings = ["html", "503"] as const;

/** One of the things that can come over HTTP instead of an answer. */
export type StreamGarbling = typeof streamGarblings[number];

/** The faults that datagrams and connections can have; times in ms. */
export interface CommonFaults {
  /** The probability that a request or a reply is lost; 0 to 1. */
  readonly loss: number;
  /** How long a reply takes. */
  readonly delay: number;
  /** How much longer it may take, at random. */
  readonly jitter: number;
  /** Whether a dead session gets no answer, instead of one that says so. */
  readonly silent: boolean;
}

/** The faults of datagrams. */
export interface Faults extends CommonFaults {
  /** Whether each reply comes twice. */
  readonly duplicate: boolean;
  /** Whether replies overtake each other. */
  readonly reorder: boolean;
  /** How each reply is garbled; `null` for not at all. */
  readonly garble: Garbling | null;
  /** What is sent from another port before each reply; `null` for nothing. */
  readonly forge: "dead@other-port" | null;
}

/** A network without faults. */
export const noFaults: Faults = {
  loss: 0,
  delay: 0,
  jitter: 0,
  silent: false,
  duplicate: false,
  reorder: false,
  garble: null,
  forge: null,
};

/** The faults of connections. */
export interface StreamFaults extends CommonFaults {
  /** What comes instead of each answer; `null` for nothing. */
  readonly garble: StreamGarbling | null;
}

/** A datagram on its way to the client. */
export interface Outgoing {
  /** Its bytes. */
  readonly bytes: Uint8Array;
  /** The delay before it is sent, in ms. */
  readonly after: number;
  /** Whether it is sent from another port than the gateway's. */
  readonly forged: boolean;
}

/** How long a reply may be held back, so that the next one overtakes it, in ms. */
const maxHoldMs = 300;

/** Whether a packet is lost on one way. */
export function isLost(
  { loss }: Pick<Faults, "loss">,
  random: Random,
): boolean {
  return random() < loss;
}

/** The datagrams that arrive instead of a reply: one or two. */
export function distort(
  reply: Uint8Array,
  faults: Faults,
  random: Random,
): Outgoing[] {
  const { delay, jitter, duplicate, reorder, garble, forge } = faults;
  const hold = reorder && random() < 0.5 ? random() * maxHoldMs : 0;
  const after = delay + random() * jitter + hold;
  const bytes = garble === null ? reply : garbled(reply, garble, random);
  const one = { bytes, after, forged: false };
  if (forge !== null) {
    return [{ bytes: encodeReply(-2n), after: delay, forged: true }, one];
  }
  return duplicate ? [one, one] : [one];
}

function garbled(
  reply: Uint8Array,
  garbling: Garbling,
  random: Random,
): Uint8Array {
  const byte = () => Math.floor(random() * 256);
  const flip = (at: number) =>
    reply.map((value, k) =>
      k === at ? value ^ (1 + Math.floor(random() * 255)) : value
    );
  switch (garbling) {
    case "length": {
      const length = Math.floor(random() * 1472);
      return new Uint8Array(length < reply.length ? length : length + 1);
    }
    case "uid":
      return flip(Math.floor(random() * 7) + 1);
    case "tail":
      return flip(8 + Math.floor(random() * 8));
    case "random":
      return reply.map(byte);
  }
}
