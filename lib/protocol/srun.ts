/**
 * The heartbeat of SRUN 3000 style gateways (docs/protocols.md): the session's UID
 * as a signed 64-bit integer, little endian, and the same with eight zeros
 * behind it as the reply; -2 in its place says that the session is dead.
 *
 * @module
 */
import { boolean, fileName, type Parser, parser } from "../parsers.ts";
import type { Heartbeat, Judgement, Protocol } from "./protocol.ts";

/** The length of a request in bytes. */
export const requestLength = 8;

/** The length of a reply in bytes. */
export const replyLength = 16;

/** What stands in a reply instead of the UID once the session is dead. */
export const deadUid: bigint = -2n;

/** Reads a UID into its canonical form: a signed 64-bit decimal, but not -2, which a gateway says of dead sessions. */
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
export const srun: Protocol = {
  scheme: "srun",
  port: 3335,
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
  open: (identity, { strictReply }) =>
    srunHeartbeat(BigInt(identity), strictReply !== false),
};

/** The heartbeat of the session `uid`, -2^63 to 2^63 − 1 without -2. A reply's last 8 bytes have to be zero unless it is judged leniently. */
export function srunHeartbeat(uid: bigint, isStrict = true): Heartbeat {
  return new SrunHeartbeat(uid, isStrict);
}

/** A class, so that many share their methods, and a request is made only when it is sent. */
class SrunHeartbeat implements Heartbeat {
  constructor(
    private readonly uid: bigint,
    private readonly isStrict: boolean,
  ) {}

  request(): Uint8Array {
    return encodeRequest(this.uid);
  }

  get longestReply(): number {
    return replyLength;
  }

  judge(datagram: Uint8Array): Judgement {
    return judge(datagram, this.uid, this.isStrict);
  }

  secrets(datagram: Uint8Array): boolean[] {
    return secrets(datagram, this.uid);
  }
}

/** Makes a request. */
export function encodeRequest(uid: bigint): Uint8Array {
  return encode(uid, requestLength);
}

/** Reads a request; `undefined` if it is none. */
export function decodeRequest(datagram: Uint8Array): bigint | undefined {
  return datagram.length === requestLength ? decode(datagram) : undefined;
}

/** Makes a reply: the UID of a session that is alive, or {@linkcode deadUid}. */
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

function judge(
  datagram: Uint8Array,
  uid: bigint,
  isStrict: boolean,
): Judgement {
  if (datagram.length !== replyLength) return { flaw: "length" };
  const said = decode(datagram);
  if (said !== uid && said !== deadUid) return { flaw: "uid" };
  if (isStrict && datagram.subarray(8).some((byte) => byte !== 0)) {
    return { flaw: "tail" };
  }
  return { reply: said === uid ? "alive" : "dead" };
}

/** What stands where a reply has a UID, whosever it is, and whatever looks like a piece of the session's own. */
function secrets(datagram: Uint8Array, uid: bigint): boolean[] {
  const isReply = datagram.length === replyLength;
  if (isReply && decode(datagram) === deadUid) {
    return Array.from(datagram, () => false);
  }
  const own = significant(encodeRequest(uid));
  const hidden = Array.from(
    datagram,
    (_, at) => isReply && at < requestLength,
  );
  for (const piece of [own, own.toReversed()]) {
    for (let at = 0; at < datagram.length; at++) {
      for (let start = 0; start < piece.length; start++) {
        const length = commonRun(datagram.subarray(at), piece.subarray(start));
        const run = piece.subarray(start, start + length);
        const tells = length >= Math.min(2, piece.length) &&
          (!run.every(isFiller) || piece.every(isFiller));
        if (tells) hidden.fill(true, at, at + length);
      }
    }
  }
  return hidden;
}

/** Whether a byte is one that fills up small numbers. */
function isFiller(byte: number): boolean {
  return byte === 0 || byte === 0xff;
}

/** A number's bytes without those that only fill it up; at least one. */
function significant(bytes: Uint8Array): Uint8Array {
  const sign = bytes.at(-1)!;
  const last = bytes.findLastIndex((byte) => byte !== sign || !isFiller(sign));
  return bytes.subarray(0, Math.max(1, last + 1));
}

/** How many bytes two begin with alike. */
function commonRun(one: Uint8Array, other: Uint8Array): number {
  const different = one.findIndex((byte, at) => byte !== other[at]);
  return different < 0 ? one.length : different;
}
