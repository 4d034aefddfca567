/**
 * The faults of a simulated network between gateway and clients.
 *
 * @module
 */
import { encodeReply } from "../protocol/srun.ts";
import type { Random } from "../random.ts";

/** The ways in which a reply can be garbled. */
export const garblings = ["length", "uid", "tail", "random"] as const;

/** One way in which a reply can be garbled. */
export type Garbling = typeof garblings[number];

/** The faults; times in ms. */
export interface Faults {
  /** The probability that a packet is lost, each way; 0 to 1. */
  readonly loss: number;
  /** How long a reply takes. */
  readonly delay: number;
  /** How much longer it may take, at random. */
  readonly jitter: number;
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
  duplicate: false,
  reorder: false,
  garble: null,
  forge: null,
};

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
export function isLost({ loss }: Faults, random: Random): boolean {
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
