/**
 * The heartbeat of SRUN 3000 style gateways (docs/protocols.md): the session's UID
 * as a signed 64-bit integer, little endian, and the same with eight zeros
 * behind it as the reply; -2 in its place says that the session is dead.
 *
 * @module
 */
import type { Heartbeat, Judgement, ProtocolOptions } from "./heartbeat.ts";

/** The length of a request in bytes. */
export const requestLength = 8;

/** The length of a reply in bytes. */
export const replyLength = 16;

/** What stands in a reply instead of the UID once the session is dead. */
export const deadUid: bigint = -2n;

/** The heartbeat of the session `uid`, -2^63 to 2^63 − 1 without -2. */
export function srun(uid: bigint, options: ProtocolOptions): Heartbeat {
  return new SrunHeartbeat(uid, options.strictReply);
}

/** A class, so that many share their methods, and a request is made only when it is sent. */
class SrunHeartbeat implements Heartbeat {
  constructor(
    private readonly uid: bigint,
    private readonly strictReply: boolean,
  ) {}

  get request(): Uint8Array {
    return encodeRequest(this.uid);
  }

  get longestReply(): number {
    return replyLength;
  }

  judge(datagram: Uint8Array): Judgement {
    return judge(datagram, this.uid, this.strictReply);
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
  strictReply: boolean,
): Judgement {
  if (datagram.length !== replyLength) return { flaw: "length" };
  const said = decode(datagram);
  if (said !== uid && said !== deadUid) return { flaw: "uid" };
  if (strictReply && datagram.subarray(8).some((byte) => byte !== 0)) {
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
