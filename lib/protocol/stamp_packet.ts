/**
 * The packets of STAMP (RFC 8762, section 4), as both sides read and write them.
 * Numbers are big-endian.
 *
 * @module
 */
import { hmacSha256 } from "./sha256.ts";

/** Where the fields of packets stand, in bytes. Those with "echoed" in their names, and what only a reply has, are the reply's. */
export interface Layout {
  /** The length of a request and of its reply. */
  readonly length: number;
  /** The time of sending: 8 bytes, as in NTP. */
  readonly time: number;
  /** The error estimate: 2 bytes. */
  readonly error: number;
  /** The identifier of the session (RFC 8972): 2 bytes. */
  readonly session: number;
  /** The first byte from which on a request has zeros only. */
  readonly zeros: number;
  /** Where these end: at the code, or with the packet. */
  readonly end: number;
  /** Of a reply, the time when the request arrived: 8 bytes. */
  readonly arrival: number;
  /** Of a reply, the request's number: 4 bytes. */
  readonly echoedNumber: number;
  /** Of a reply, the request's time: 8 bytes. */
  readonly echoedTime: number;
  /** Of a reply, the request's error estimate: 2 bytes. */
  readonly echoedError: number;
  /** Of a reply, the request's time to live: 1 byte. */
  readonly timeToLive: number;
}

/** The length of what is signed of a packet, and of the code behind it. */
const code = { at: 96, length: 16 };

const open: Layout = {
  length: 44,
  time: 4,
  error: 12,
  session: 14,
  zeros: 16,
  end: 44,
  arrival: 16,
  echoedNumber: 24,
  echoedTime: 28,
  echoedError: 36,
  timeToLive: 40,
};

const signed: Layout = {
  length: 112,
  time: 16,
  error: 24,
  session: 26,
  zeros: 28,
  end: code.at,
  arrival: 32,
  echoedNumber: 48,
  echoedTime: 64,
  echoedError: 72,
  timeToLive: 80,
};

/** The error estimate that most senders have (RFC 4656, section 4.1.2): synchronised, to 2^-32 s. The multiplier must not be 0. */
export const errorEstimate = 0x8001;

/** The bit of an error estimate that says that times are those of PTP: seconds since 1970, and nanoseconds. */
const ptpBit = 0x4000;

/** From 1900, where NTP's time begins, to 1970, in s. */
const epoch = 2_208_988_800;

/** The packets with a key, or without one. */
export class Packets {
  /** Where their fields stand. */
  readonly layout: Layout;
  private readonly codeOf: ((bytes: Uint8Array) => Uint8Array) | null;

  /** Takes the key; `null` for none. */
  constructor(key: Uint8Array | null) {
    this.layout = key === null ? open : signed;
    this.codeOf = key && hmacSha256(key);
  }

  /** Signs a packet in place, with a key. */
  sign(packet: Uint8Array): void {
    if (this.codeOf === null) return;
    const made = this.codeOf(packet.subarray(0, code.at));
    packet.set(made.subarray(0, code.length), code.at);
  }

  /** Whether a packet of the right length is signed with the key; without one each is. It takes the same time wherever the code differs. */
  isSigned(packet: Uint8Array): boolean {
    if (this.codeOf === null) return true;
    const made = this.codeOf(packet.subarray(0, code.at));
    let difference = 0;
    for (let at = 0; at < code.length; at++) {
      difference |= made[at]! ^ packet[code.at + at]!;
    }
    return difference === 0;
  }
}

/** Writes a wall-clock time, in ms since 1970, as NTP does, to the µs. What is finer is `chance`, from 0 up to 1. */
export function writeTime(
  packet: DataView,
  at: number,
  wallTime: number,
  chance = 0,
): void {
  packet.setUint32(at, Math.floor(wallTime / 1_000) + epoch);
  const fraction = (Math.floor(wallTime % 1_000 * 1_000) + chance) / 1e6;
  packet.setUint32(at + 4, Math.floor(fraction * 2 ** 32));
}

/** From the time in a packet to a wall-clock time, in ms. NTP's seconds begin anew in 2036: the nearer one is meant. `error` is where its error estimate stands. */
export function timeSince(
  packet: DataView,
  { at, error, wallTime }: {
    readonly at: number;
    readonly error: number;
    readonly wallTime: number;
  },
): number {
  const isPtp = (packet.getUint16(error) & ptpBit) !== 0;
  const whole = Math.floor(wallTime / 1_000);
  const seconds = whole + (isPtp ? 0 : epoch) - packet.getUint32(at) | 0;
  const part = packet.getUint32(at + 4) / (isPtp ? 1e9 : 2 ** 32);
  return (seconds - part) * 1_000 + wallTime - whole * 1_000;
}
