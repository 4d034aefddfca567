/**
 * What clients and servers of X11 say: as bytes, and what it means ("X Window
 * System Protocol", sections 1, 8 and 9). Numbers have the lowest byte first, as
 * the first byte of the set-up orders.
 *
 * @module
 */
import { excerptOfBytes, join, latin1Bytes } from "./octets.ts";
import type { Heard } from "./protocol.ts";
import { cookieName } from "./xauth.ts";

/** The request for a connection; without a cookie if that is empty. */
export function setUpRequest(cookie: Uint8Array): Uint8Array {
  const name = latin1Bytes(cookie.length === 0 ? "" : cookieName);
  const lengths = [name.length, cookie.length]
    .flatMap((length) => [length & 255, length >> 8]);
  const head = Uint8Array.of(0x6c, 0, 11, 0, 0, 0, ...lengths, 0, 0);
  return join(head, padded(name), padded(cookie));
}

function padded(bytes: Uint8Array): Uint8Array {
  return join(bytes, new Uint8Array(-bytes.length & 3));
}

const getInputFocus = 43;

/** Asks which window has the keyboard, which changes nothing. */
export const question: Uint8Array = Uint8Array.of(getInputFocus, 0, 1, 0);

/** A message of a server's. */
export interface Message {
  /** How long it is, in bytes; some of them may still have to come. */
  readonly length: number;
  /** What it means; `null` for nothing. */
  readonly heard: Heard | null;
}

/** How much of a reason is waited for, in bytes. */
const longestReason = 255;

/** Reads the answer to the set-up, which means nothing if it is success; `null` if too little of it has come. */
export function readSetUp(bytes: Uint8Array): Message | null {
  const [kind, reasonLength] = bytes;
  if (kind === undefined) return null;
  if (kind > 2) return garbled;
  if (bytes.length < 8) return null;
  const view = viewOf(bytes);
  const rest = 4 * view.getUint16(6, true);
  const length = 8 + rest;
  // Authenticate (2) has no version.
  if (kind !== 2 && view.getUint16(2, true) !== 11) return garbled;
  if (kind === 1) return { length, heard: null };
  const most = kind === 0 ? reasonLength! : Math.min(rest, longestReason);
  if (most > rest) return garbled;
  if (bytes.length < 8 + most) return null;
  const reason = bytes.subarray(8, 8 + most);
  const isText = reason.every((byte) =>
    byte >= 32 || byte === 0 || byte === 10
  );
  if (!isText) return garbled;
  const words = excerptOfBytes(reason.filter((byte) => byte !== 0));
  const note = `refuses this client${words === "" ? "" : ` (${words})`}`;
  return { length, heard: { type: "alive", note } };
}

/** Reads a reply (1), an error (0) or an event. Only a reply or an error to the last request means something; `null` if too little has come. */
export function readReply(bytes: Uint8Array, last: number): Message | null {
  if (bytes.length < 32) return null;
  const view = viewOf(bytes);
  const kind = bytes[0]!;
  // Generic events (35) may be longer, too.
  const isLonger = kind === 1 || (kind & 127) === 35;
  const length = 32 + (isLonger ? 4 * view.getUint32(4, true) : 0);
  if (kind > 1 || view.getUint16(2, true) !== last) {
    return { length, heard: null };
  }
  if (kind === 1 && length === 32) return { length, heard: { type: "alive" } };
  if (kind !== 0 || bytes[10] !== getInputFocus) return garbled;
  const note = `answers with error ${bytes[1]}`;
  return { length, heard: { type: "alive", note } };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const garbled: Message = {
  length: 0,
  heard: { type: "flaw", flaw: "protocol", note: "does not speak X11" },
};
