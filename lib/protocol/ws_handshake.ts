/**
 * The handshake of a WebSocket (RFC 6455, section 4): the request, and what a
 * response means.
 *
 * @module
 */
import { formatAddress } from "../parsers.ts";
import { garbled } from "./garbled.ts";
import { excerptOfBytes, latin1, latin1Bytes } from "./octets.ts";
import type { Heard, Setup } from "./protocol.ts";
import { base64, sha1 } from "./sha1.ts";

/** The longest head of a response, in bytes. */
const longestHead = 16 * 1024;

/** What a request is made of besides its target. */
export interface RequestParts {
  /** Its first 16 bytes make the key. */
  readonly nonce: Uint8Array;
  /** The port that the host is named without. */
  readonly usualPort: number;
  /** Headers to add, each a text `Name: value`, a character a byte. */
  readonly headers: readonly string[];
}

/** What a response answers. */
export interface Asked {
  /** The nonce of the request. */
  readonly nonce: Uint8Array;
  /** Whether credentials were sent. */
  readonly hasCredentials: boolean;
}

/** Makes the request. */
export function formatRequest(
  { host, port, path }: Pick<Setup, "host" | "port" | "path">,
  { nonce, usualPort, headers }: RequestParts,
): Uint8Array {
  const authority = formatAddress({ host, port });
  const lines = [
    `GET ${escaped(path || "/")} HTTP/1.1`,
    `Host: ${port === usualPort ? authority.replace(/:\d+$/, "") : authority}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${keyOf(nonce)}`,
    "Sec-WebSocket-Version: 13",
    ...headers,
  ];
  return latin1Bytes(`${lines.join("\r\n")}\r\n\r\n`);
}

/** A path as a request may have it. */
function escaped(path: string): string {
  return latin1(new TextEncoder().encode(path)).replace(
    /[^!-~]|#/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** The key of a handshake (RFC 6455, section 4.1). */
function keyOf(nonce: Uint8Array): string {
  return base64(nonce.subarray(0, 16));
}

/** Responses that come before the last one (RFC 9110, section 15.2); 101 is the last one. */
const interim =
  /^(?:HTTP\/1\.\d 1(?!01)\d\d(?: [^\r\n]*)?\r?\n(?:[^\r\n]+\r?\n)*\r?\n)*/;

/** Judges all that has come of a response: `frames` is what follows on one that makes the connection a WebSocket; `null` if more is needed. */
export function judgeResponse(
  bytes: Uint8Array,
  asked: Asked,
): Heard | { readonly frames: Uint8Array } | null {
  const head = latin1(bytes.subarray(0, longestHead));
  const { length } = interim.exec(head)![0];
  const text = head.slice(length);
  const begin = "HTTP/1.";
  if (!begin.startsWith(text.slice(0, begin.length))) {
    return garbled("does not speak HTTP");
  }
  const end = /\r?\n\r?\n/.exec(text);
  if (end !== null) {
    return judgeHead(text.slice(0, end.index), asked) ??
      { frames: bytes.subarray(length + end.index + end[0].length) };
  }
  if (bytes.length <= longestHead) return null;
  const note = "sent more than 16 KiB of headers";
  return { type: "flaw", flaw: "length", note };
}

/** What a head means; `null` if the connection is a WebSocket now. */
function judgeHead(
  head: string,
  { nonce, hasCredentials }: Asked,
): Heard | null {
  const [first = "", ...lines] = head.split(/\r?\n/);
  const [, digits] = /^HTTP\/1\.\d (\d{3})(?: |$)/.exec(first) ?? [];
  if (digits === undefined) return garbled("does not speak HTTP");
  const fields = lines
    .map((line) => /^([^\s:]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [])
    .map(([, name = "", value = ""]) => [name.toLowerCase(), value] as const);
  const valueOf = (wanted: string) =>
    fields.filter(([name]) => name === wanted).map(([, value]) => value)
      .join(", ");
  const status = Number(digits);
  const note = `answered ${status}`;
  if (status === 101) return judgeUpgrade(valueOf, nonce);
  if (status === 511) return { type: "unable", note: `${note}: a portal?` };
  if (status >= 500 && status < 600) return { type: "unable", note };
  if (status >= 300 && status < 400) {
    // The path may hold an identity.
    const [origin] = /^https?:\/\/[^\s/?#@]+(?=[/?#]|$)/i
      .exec(valueOf("location")) ?? [];
    const to = origin === undefined
      ? ""
      : ` (to ${excerptOfBytes(latin1Bytes(origin))})`;
    return garbled(`${note}${to}: a portal?`);
  }
  if (![401, 403, 407].includes(status)) return garbled(note);
  return hasCredentials
    ? { type: "dead", sign: digits, note }
    : garbled(`${note}, and no credentials were sent`);
}

/** What is wrong with a response that says 101; `null` for nothing (RFC 6455, section 4.1). */
function judgeUpgrade(
  valueOf: (name: string) => string,
  nonce: Uint8Array,
): Heard | null {
  const suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  const accept = base64(sha1(latin1Bytes(keyOf(nonce) + suffix)));
  const isUpgrade = valueOf("upgrade").toLowerCase() === "websocket" &&
    /(^|,)[ \t]*upgrade[ \t]*(,|$)/i.test(valueOf("connection"));
  if (!isUpgrade) return garbled("answered 101, but not for a WebSocket");
  if (valueOf("sec-websocket-accept") !== accept) {
    return garbled("answered 101, but with a wrong Sec-WebSocket-Accept");
  }
  const isPlain = valueOf("sec-websocket-extensions") === "" &&
    valueOf("sec-websocket-protocol") === "";
  return isPlain
    ? null
    : garbled("answered 101 with an extension or a protocol nobody asked for");
}
