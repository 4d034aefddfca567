import { assertEquals } from "@std/assert";
import { seededRandom } from "../random.ts";
import type { Flaw } from "./heartbeat.ts";
import {
  decodeRequest,
  encodeReply,
  encodeRequest,
  replyLength,
  requestLength,
  srun,
} from "./srun.ts";

const zeros = "00 00 00 00 00 00 00 00";
const strict = { strictReply: true };

/** docs/protocols.md's test vectors: UID, request. */
const vectors: [bigint, string][] = [
  [1n, "01 00 00 00 00 00 00 00"],
  [72623859790382856n, "08 07 06 05 04 03 02 01"],
  [9223372036854775807n, "ff ff ff ff ff ff ff 7f"],
  [-1n, "ff ff ff ff ff ff ff ff"],
  [0n, zeros],
  [-9223372036854775808n, "00 00 00 00 00 00 00 80"],
];

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(
    hex.split(" ").filter(Boolean),
    (byte) => parseInt(byte, 16),
  );
}

function hex(data: Uint8Array): string {
  return [...data].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

Deno.test("srun() requests and judges as docs/protocols.md's vectors say", () => {
  for (const [uid, request] of vectors) {
    const heartbeat = srun(uid, strict);
    const alive = bytes(`${request} ${zeros}`);
    const dead = bytes(`fe ff ff ff ff ff ff ff ${zeros}`);
    assertEquals(hex(heartbeat.request), request);
    assertEquals(heartbeat.judge(alive), { reply: "alive" });
    assertEquals(heartbeat.judge(dead), { reply: "dead" });
    assertEquals(hex(encodeReply(uid)), hex(alive));
    assertEquals(hex(encodeReply(-2n)), hex(dead));
    assertEquals(decodeRequest(encodeRequest(uid)), uid);
  }
});

Deno.test("srun() gives the reason why a datagram is no reply", () => {
  const rows: [string, string, Flaw][] = [
    ["nothing", "", "length"],
    ["the request itself", "01 00 00 00 00 00 00 00", "length"],
    ["a byte too few", `01 00 00 00 00 00 00 00 ${zeros.slice(3)}`, "length"],
    ["a byte too many", `01 00 00 00 00 00 00 00 ${zeros} 00`, "length"],
    ["another session's", `02 00 00 00 00 00 00 00 ${zeros}`, "uid"],
    ["big endian", `00 00 00 00 00 00 00 01 ${zeros}`, "uid"],
    ["-3", `fd ff ff ff ff ff ff ff ${zeros}`, "uid"],
    [
      "alive with a tail",
      "01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01",
      "tail",
    ],
    [
      "dead with a tail",
      "fe ff ff ff ff ff ff ff 01 00 00 00 00 00 00 00",
      "tail",
    ],
  ];
  for (const [what, datagram, flaw] of rows) {
    assertEquals(srun(1n, strict).judge(bytes(datagram)), { flaw }, what);
  }
});

Deno.test("srun() accepts any tail if replies needn't be strict", () => {
  const heartbeat = srun(1n, { strictReply: false });
  const tail = "01 02 03 04 05 06 07 08";
  const uid = "01 00 00 00 00 00 00 00";
  assertEquals(heartbeat.judge(bytes(`${uid} ${tail}`)), { reply: "alive" });
  assertEquals(heartbeat.judge(bytes(`fe ff ff ff ff ff ff ff ${tail}`)), {
    reply: "dead",
  });
  assertEquals(heartbeat.judge(bytes(`02 00 00 00 00 00 00 00 ${tail}`)), {
    flaw: "uid",
  });
});

Deno.test("srun() judges whatever arrives, also in the middle of a buffer", () => {
  const random = seededRandom(1);
  const heartbeat = srun(77n, strict);
  for (let length = 0; length <= 65507; length += 1 + length * 2) {
    const datagram = Uint8Array.from(
      { length },
      () => Math.floor(random() * 256),
    );
    const flaw = length === replyLength ? "uid" : "length";
    assertEquals(heartbeat.judge(datagram), { flaw });
  }
  const buffer = new Uint8Array(64).fill(0xff);
  buffer.set(encodeReply(77n), 5);
  assertEquals(heartbeat.judge(buffer.subarray(5, 21)), { reply: "alive" });
});

Deno.test("decodeRequest() takes eight bytes and nothing else", () => {
  for (let length = 0; length < 100; length++) {
    const uid = decodeRequest(new Uint8Array(length));
    assertEquals(uid, length === requestLength ? 0n : undefined);
  }
});

Deno.test("srun() hides what may be a UID, and nothing of a death", () => {
  const zeros = "00 00 00 00 00 00 00 00";
  const shown: [what: string, uid: bigint, datagram: string, shown: string][] =
    [
      [
        "an echo of the UID",
        0x1234_5678n,
        `78 56 34 12 00 00 00 00 ${zeros}`,
        `** ** ** ** ** ** ** ** ${zeros}`,
      ],
      [
        "somebody else's UID",
        77n,
        `01 02 03 04 00 00 00 00 ${zeros}`,
        `** ** ** ** ** ** ** ** ${zeros}`,
      ],
      [
        "a death",
        0x1234_5678n,
        `fe ff ff ff ff ff ff ff ${zeros}`,
        `fe ff ff ff ff ff ff ff ${zeros}`,
      ],
      [
        "the request itself",
        0x1234_5678n,
        "78 56 34 12 00 00 00 00",
        "** ** ** ** 00 00 00 00",
      ],
      [
        "the UID somewhere, backwards and in part",
        0x1234_5678n,
        "61 12 34 56 78 62 56 34 63",
        "61 ** ** ** ** 62 ** ** 63",
      ],
      ["a UID of one byte", 77n, "61 4d 00 4d", "61 ** 00 **"],
      ["nothing of it", 0x1234_5678n, "61 12 62 78", "61 12 62 78"],
      ["a UID of zeros", 0n, "00 01", "** 01"],
      ["a UID of bytes that fill up", 0xff00n, "00 ff 01", "** ** 01"],
      ["nothing at all", 77n, "", ""],
    ];
  for (const [what, uid, datagram, wanted] of shown) {
    const all = datagram === "" ? new Uint8Array() : bytes(datagram);
    const hidden = srun(uid, strict).secrets(all);
    const words = Array.from(
      all,
      (byte, at) => hidden[at] ? "**" : byte.toString(16).padStart(2, "0"),
    );
    assertEquals(words.join(" "), wanted, what);
  }
});
