/**
 * The heartbeat of SRUN 3000 style gateways (docs/protocols.md). The request is
 * the session's UID, a signed 64-bit integer, little endian. The reply is the UID,
 * or -2 if the session is dead, and eight zeros.
 *
 * @module
 */
import { boolean, fileName, type Parser, parser } from "../parsers.ts";
import type { DatagramProtocol, Heartbeat, Judgement } from "./protocol.ts";

/** The length of a request in bytes. */
export const requestLength = 8;

/** The length of a reply in bytes. */
export const replyLength = 16;

/** The UID in the reply to a session that is dead. */
export const deadUid: bigint = -2n;

/** Reads a UID into canonical form: a signed 64-bit decimal other than -2. */
export const uid: Parser<string> = parser(
  "a whole number from -9223372036854775808 to 9223372036854775807",
  ["123456"],
  (text) => {
    if (!/^[+-]?\d{1,19}$/.test(text)) return undefined;
    const value = BigInt(text.replace("+", ""));
    if (BigInt.asIntN(64, value) !== value) return undefined;
    if (value !== deadUid) return `${value}`;
    throw new RangeError(
      "expected any number but -2, which means a dead session, e.g. 123456",
    );
  },
);

/** The protocol. */
export const srun: DatagramProtocol & { readonly port: number } = {
  scheme: "srun",
  carrier: "datagram",
  port: 3335,
  files: {},
  defaults: {},
  settings: {
    uid: {
      value: "N",
      short: "-u",
      secret: true,
      parse: uid,
      default: null,
      help: "the session's UID, a signed 64-bit number",
    },
    uidFile: {
      value: "FILE",
      short: "-U",
      parse: fileName,
      default: null,
      example: "/run/lifesign.uid",
      help: "a file with the UID, read anew each cycle; - is stdin",
    },
    strictReply: {
      switches: { "--strict-reply": "true", "--no-strict-reply": "false" },
      parse: boolean,
      default: "true",
      help:
        "whether a reply's last 8 bytes have to be zero, as they are by default",
    },
  },
  identity: {
    noun: "UID",
    value: "uid",
    file: "uidFile",
    isMeant: (line) => /^[+-]?\d+$/.test(line),
  },
  flaws: [
    {
      name: "tail",
      text:
        "it answers as this protocol does, but with something behind the UID where zeros belong",
      advice:
        "Another version of the gateway may do so: --no-strict-reply accepts it",
    },
    {
      name: "uid",
      text:
        "it answers in the form of this protocol, but names another session",
      advice:
        "Is the UID the one of this login? If it is, something else listens at that port, or answers for another client",
    },
    {
      name: "length",
      text: "its answers have another length than this protocol's",
      advice:
        "Something else listens there, a captive portal maybe: are host and port those of the gateway, and what does the name mean here?",
    },
  ],
  open: ({ identity, values }) =>
    srunHeartbeat(BigInt(identity), values["strictReply"] !== false),
};

/** The heartbeat of a session; strictly judged, the last 8 bytes of a reply have to be zero. */
export function srunHeartbeat(uid: bigint, isStrict = true): Heartbeat {
  return new SrunHeartbeat(uid, isStrict);
}

/** A class, so that many sessions share its methods. */
class SrunHeartbeat implements Heartbeat {
  readonly longestReply = replyLength;

  constructor(
    private readonly uid: bigint,
    private readonly isStrict: boolean,
  ) {}

  request(): Uint8Array {
    return encodeRequest(this.uid);
  }

  judge(datagram: Uint8Array): Judgement {
    if (datagram.length !== replyLength) return { flaw: "length" };
    const found = decode(datagram);
    if (found !== this.uid && found !== deadUid) return { flaw: "uid" };
    if (this.isStrict && datagram.subarray(8).some((byte) => byte !== 0)) {
      return { flaw: "tail" };
    }
    return { reply: found === this.uid ? "alive" : "dead" };
  }

  /** Hides the place of the UID in a reply, and all that looks like a part of this UID. */
  secrets(datagram: Uint8Array): boolean[] {
    const isReply = datagram.length === replyLength;
    if (isReply && decode(datagram) === deadUid) {
      return Array.from(datagram, () => false);
    }
    const own = significant(encodeRequest(this.uid));
    const hidden = Array.from(
      datagram,
      (_, at) => isReply && at < requestLength,
    );
    for (const piece of [own, own.toReversed()]) {
      for (let at = 0; at < datagram.length; at++) {
        for (let start = 0; start < piece.length; start++) {
          const rest = piece.subarray(start);
          const length = commonLength(datagram.subarray(at), rest);
          const isTelling = length >= Math.min(2, piece.length) &&
            (!rest.subarray(0, length).every(isFiller) ||
              piece.every(isFiller));
          if (isTelling) hidden.fill(true, at, at + length);
        }
      }
    }
    return hidden;
  }
}

/** Makes a request. */
export function encodeRequest(uid: bigint): Uint8Array {
  return encode(uid, requestLength);
}

/** Reads a request; `undefined` if the datagram is none. */
export function decodeRequest(datagram: Uint8Array): bigint | undefined {
  return datagram.length === requestLength ? decode(datagram) : undefined;
}

/** Makes a reply with the UID of a live session, or with {@linkcode deadUid}. */
export function encodeReply(uid: bigint): Uint8Array {
  return encode(uid, replyLength);
}

function encode(uid: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setBigInt64(0, uid, true);
  return bytes;
}

function decode({ buffer, byteOffset }: Uint8Array): bigint {
  return new DataView(buffer, byteOffset).getBigInt64(0, true);
}

/** Whether a byte may only fill up a small number. */
function isFiller(byte: number): boolean {
  return byte === 0 || byte === 0xff;
}

/** The bytes of a number without those that only fill it up; at least one. */
function significant(bytes: Uint8Array): Uint8Array {
  const sign = bytes.at(-1)!;
  const last = bytes.findLastIndex((byte) => byte !== sign || !isFiller(sign));
  return bytes.subarray(0, Math.max(1, last + 1));
}

/** The length of the common beginning. */
function commonLength(one: Uint8Array, other: Uint8Array): number {
  const different = one.findIndex((byte, at) => byte !== other[at]);
  return different < 0 ? one.length : different;
}
