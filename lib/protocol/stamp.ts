/**
 * STAMP (RFC 8762), for a server of one's own: a reflector sends back the
 * sequence number and the timestamp that it was asked with. With a key both
 * sides sign what they send, and a reflector is silent to whoever has none.
 *
 * @module
 */
import type { DatagramProtocol, Heartbeat, Judgement } from "./protocol.ts";
import { hmacSha256 } from "./sha256.ts";
import { keyFile } from "./stream_settings.ts";

/** The length of packets without a key, and of the shortest reply of reflectors that speak TWAMP Light (RFC 5357, appendix I). */
const open = { length: 44, leastReply: 36, longestReply: 1472 };

/** The length of packets with one, and how much of it is signed. */
const signed = { length: 112, macAt: 96 };

/** Where the fields of a request stand, and where a reply has them. */
const places = {
  open: { time: 4, echoedSequence: 24, echoedTime: 28 },
  signed: { time: 16, echoedSequence: 48, echoedTime: 64 },
};

/** A clock that is synchronised to nothing in particular, to 2^-31 s: multiplier 1 must not be 0 (RFC 8762, section 4.2.1). */
const errorEstimate = 0x8001;

/** From 1900, where NTP's time begins, to 1970, in s. */
const epoch = 2_208_988_800;

/** The protocol. */
export const stamp: DatagramProtocol = {
  scheme: "stamp",
  carrier: "datagram",
  port: 862,
  settings: { keyFile },
  files: { keyFile: { isSecret: true, parse: readKey } },
  defaults: {},
  identity: null,
  flaws: [
    {
      name: "mac",
      text: "its answers are not signed with the key",
      advice: "Has it the same key? Else somebody answers in its place",
    },
    {
      name: "echo",
      text: "it answers what was not asked: an old answer, or another's",
      advice:
        "Does something repeat packets on the way, or is it another service?",
    },
    {
      name: "length",
      text: "its answers have another length than this protocol's",
      advice:
        "Does it use a key where none is set here, or the other way round?",
    },
  ],
  open: ({ files }) =>
    new StampHeartbeat(files["keyFile"] as Uint8Array | undefined ?? null),
};

class StampHeartbeat implements Heartbeat {
  constructor(private readonly key: Uint8Array | null) {}

  get longestReply(): number {
    return this.key === null ? open.longestReply : signed.length;
  }

  request({ wallTime, attempt, random }: Parameters<Heartbeat["request"]>[0]) {
    const { key } = this;
    const bytes = new Uint8Array(key === null ? open.length : signed.length);
    const { time } = key === null ? places.open : places.signed;
    const view = new DataView(bytes.buffer);
    view.setUint32(0, attempt);
    view.setUint32(time, Math.floor(wallTime / 1_000) + epoch);
    // What is finer than a ms is chance, so that nobody can answer unasked.
    const fraction = (Math.floor(wallTime) % 1_000 + random) / 1_000;
    view.setUint32(time + 4, Math.floor(fraction * 2 ** 32));
    view.setUint16(time + 8, errorEstimate);
    if (key !== null) bytes.set(mac(key, bytes), signed.macAt);
    return bytes;
  }

  judge(reply: Uint8Array, requests: readonly Uint8Array[]): Judgement {
    const { key } = this;
    const isFit = key === null
      ? reply.length >= open.leastReply
      : reply.length === signed.length;
    if (!isFit) return { flaw: "length" };
    if (
      key !== null && !isEqual(mac(key, reply), reply.subarray(signed.macAt))
    ) {
      return { flaw: "mac" };
    }
    const { time, echoedSequence, echoedTime } = key === null
      ? places.open
      : places.signed;
    const answers = requests.findIndex((request) =>
      isEqual(request.subarray(0, 4), part(reply, echoedSequence, 4)) &&
      isEqual(part(request, time, 8), part(reply, echoedTime, 8))
    );
    return answers < 0 ? { flaw: "echo" } : { reply: "alive", answers };
  }

  secrets(datagram: Uint8Array): boolean[] {
    return Array.from(datagram, () => false);
  }
}

function part(bytes: Uint8Array, at: number, length: number): Uint8Array {
  return bytes.subarray(at, at + length);
}

/** The first 16 bytes of the HMAC over what is signed of a packet. */
function mac(key: Uint8Array, packet: Uint8Array): Uint8Array {
  return hmacSha256(key, packet.subarray(0, signed.macAt)).subarray(0, 16);
}

/** Whether bytes are the same, in a time that does not tell where they differ. */
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  a.forEach((byte, at) => difference |= byte ^ (b[at] ?? 0));
  return difference === 0;
}

/** Reads hexadecimal digits, at least 16 bytes' worth; white space does not count. */
function readKey(bytes: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(bytes).replace(/\s/g, "");
  if (/^(?:[\da-f]{2}){16,}$/i.test(text)) {
    return Uint8Array.from(
      text.match(/../g)!,
      (digits) => parseInt(digits, 16),
    );
  }
  throw new RangeError(
    "expected at least 32 hexadecimal digits, e.g. from `openssl rand -hex 32`",
  );
}
