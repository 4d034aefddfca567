/**
 * STAMP (RFC 8762), for a server of one's own: a reflector sends back the
 * sequence number and the timestamp that it was asked with. With a key both
 * sides sign what they send, and a reflector is silent to whoever has none.
 *
 * @module
 */
import type {
  DatagramProtocol,
  FileContentSetting,
  Heartbeat,
  Judgement,
  Occasion,
  PeerTimes,
} from "./protocol.ts";
import {
  errorEstimate,
  type Layout,
  Packets,
  timeSince,
  writeTime,
} from "./stamp_packet.ts";
import { keyFile } from "./stream_settings.ts";

/** The lengths without a key of the shortest reply, of reflectors that speak TWAMP Light (RFC 5357, appendix I), and of the longest. */
const openReply = { least: 36, most: 1472 };

/** The file with the key. */
export const keyFileContent: FileContentSetting = {
  isSecret: true,
  parse: readKey,
};

/** The protocol. */
export const stamp: DatagramProtocol & { readonly port: number } = {
  scheme: "stamp",
  carrier: "datagram",
  port: 862,
  settings: { keyFile },
  files: { keyFile: keyFileContent },
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
  silence:
    "A reflector is silent to who has another key or none, and where the clocks are more than a minute apart: compare the keys, and `date -u` on both sides. Else nothing listens at this port, or a firewall drops UDP",
  open: ({ files }) =>
    new StampHeartbeat(files["keyFile"] as Uint8Array | undefined ?? null),
};

class StampHeartbeat implements Heartbeat {
  private readonly packets: Packets;

  constructor(private readonly key: Uint8Array | null) {
    this.packets = new Packets(key);
  }

  get longestReply(): number {
    return this.key === null ? openReply.most : this.packets.layout.length;
  }

  request({ wallTime, attempt, random }: Occasion): Uint8Array {
    const { length, time, error } = this.packets.layout;
    const bytes = new Uint8Array(length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, attempt);
    // So nobody can answer unasked.
    writeTime(view, time, wallTime, random);
    view.setUint16(error, errorEstimate);
    this.packets.sign(bytes);
    return bytes;
  }

  judge(
    reply: Uint8Array,
    requests: readonly Uint8Array[],
    wallTime?: number,
  ): Judgement {
    const { key, packets } = this;
    const { length, time, echoedNumber, echoedTime } = packets.layout;
    const isFit = key === null
      ? reply.length >= openReply.least
      : reply.length === length;
    if (!isFit) return { flaw: "length" };
    if (!packets.isSigned(reply)) return { flaw: "mac" };
    const answers = requests.findIndex((request) =>
      isEqual(part(request, 0, 4), part(reply, echoedNumber, 4)) &&
      isEqual(part(request, time, 8), part(reply, echoedTime, 8))
    );
    if (answers < 0) return { flaw: "echo" };
    const peerTimes = wallTime === undefined
      ? null
      : peerTimesOf(reply, packets.layout, wallTime);
    return { reply: "alive", answers, ...peerTimes && { peerTimes } };
  }

  secrets(datagram: Uint8Array): boolean[] {
    return Array.from(datagram, () => false);
  }
}

function peerTimesOf(
  reply: Uint8Array,
  { time, error, arrival }: Layout,
  wallTime: number,
): PeerTimes {
  const view = new DataView(reply.buffer, reply.byteOffset, reply.length);
  return {
    sinceArrival: timeSince(view, { at: arrival, error, wallTime }),
    sinceReply: timeSince(view, { at: time, error, wallTime }),
  };
}

function part(bytes: Uint8Array, at: number, length: number): Uint8Array {
  return bytes.subarray(at, at + length);
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
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
