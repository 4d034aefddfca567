/**
 * The heartbeat of SRUN 3000 style gateways (PROTOCOL.md): the session's UID
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
  return {
    request: encodeRequest(uid),
    longestReply: replyLength,
    judge: (datagram) => judge(datagram, uid, options),
  };
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
  { strictReply }: ProtocolOptions,
): Judgement {
  if (datagram.length !== replyLength) return { flaw: "length" };
  const said = decode(datagram);
  if (said !== uid && said !== deadUid) return { flaw: "uid" };
  if (strictReply && datagram.subarray(8).some((byte) => byte !== 0)) {
    return { flaw: "tail" };
  }
  return { reply: said === uid ? "alive" : "dead" };
}
