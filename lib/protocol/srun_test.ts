import { assertEquals, assertThrows } from "@std/assert";
import { seededRandom } from "../random.ts";
import {
  decodeRequest,
  encodeReply,
  encodeRequest,
  replyLength,
  requestLength,
  srunHeartbeat,
  uid,
} from "./srun.ts";

/** An occasion, which makes no difference. */
const now = { wallTime: 0, attempt: 0, random: 0 };

const zeros = "00 00 00 00 00 00 00 00";

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

Deno.test("srunHeartbeat() requests and judges as docs/protocols.md's vectors say", () => {
  for (const [uid, request] of vectors) {
    const heartbeat = srunHeartbeat(uid);
    const alive = bytes(`${request} ${zeros}`);
    const dead = bytes(`fe ff ff ff ff ff ff ff ${zeros}`);
    assertEquals(hex(heartbeat.request(now)), request);
    assertEquals(heartbeat.judge(alive, []), { reply: "alive" });
    assertEquals(heartbeat.judge(dead, []), { reply: "dead" });
    assertEquals(hex(encodeReply(uid)), hex(alive));
    assertEquals(hex(encodeReply(-2n)), hex(dead));
    assertEquals(decodeRequest(encodeRequest(uid)), uid);
  }
});

Deno.test("srunHeartbeat() gives the reason why a datagram is no reply", () => {
  const rows: [string, string, string][] = [
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
    assertEquals(srunHeartbeat(1n).judge(bytes(datagram), []), { flaw }, what);
  }
});

Deno.test("srunHeartbeat() accepts any tail if replies needn't be strict", () => {
  const heartbeat = srunHeartbeat(1n, false);
  const tail = "01 02 03 04 05 06 07 08";
  const uid = "01 00 00 00 00 00 00 00";
  assertEquals(heartbeat.judge(bytes(`${uid} ${tail}`), []), {
    reply: "alive",
  });
  assertEquals(heartbeat.judge(bytes(`fe ff ff ff ff ff ff ff ${tail}`), []), {
    reply: "dead",
  });
  assertEquals(heartbeat.judge(bytes(`02 00 00 00 00 00 00 00 ${tail}`), []), {
    flaw: "uid",
  });
});

Deno.test("srunHeartbeat() judges whatever arrives, also in the middle of a buffer", () => {
  const random = seededRandom(1);
  const heartbeat = srunHeartbeat(77n);
  for (let length = 0; length <= 65507; length += 1 + length * 2) {
    const datagram = Uint8Array.from(
      { length },
      () => Math.floor(random() * 256),
    );
    const flaw = length === replyLength ? "uid" : "length";
    assertEquals(heartbeat.judge(datagram, []), { flaw });
  }
  const buffer = new Uint8Array(64).fill(0xff);
  buffer.set(encodeReply(77n), 5);
  assertEquals(heartbeat.judge(buffer.subarray(5, 21), []), { reply: "alive" });
});

Deno.test("decodeRequest() takes eight bytes and nothing else", () => {
  for (let length = 0; length < 100; length++) {
    const uid = decodeRequest(new Uint8Array(length));
    assertEquals(uid, length === requestLength ? 0n : undefined);
  }
});

Deno.test("srunHeartbeat() hides what may be a UID, and nothing of a death", () => {
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
    const hidden = srunHeartbeat(uid).secrets(all);
    const words = Array.from(
      all,
      (byte, at) => hidden[at] ? "**" : byte.toString(16).padStart(2, "0"),
    );
    assertEquals(words.join(" "), wanted, what);
  }
});

Deno.test("uid() reads signed 64-bit decimals into their canonical form", () => {
  const rows: [text: string, uid: string][] = [
    ["0", "0"],
    ["-0", "0"],
    ["77", "77"],
    ["+5", "5"],
    ["-1", "-1"],
    ["-3", "-3"],
    ["007", "7"],
    ["9223372036854775807", "9223372036854775807"],
    ["-9223372036854775808", "-9223372036854775808"],
  ];
  for (const [text, wanted] of rows) assertEquals(uid(text), wanted, text);
});

Deno.test("uid() refuses anything else", () => {
  const rows: [wanted: string, texts: readonly string[]][] = [
    [
      "expected a whole number from -9223372036854775808 to 9223372036854775807, e.g. 123456",
      ["", "-", "+-5", "--5", "12abc", "abc", "0x4d", "5n", "1e3", "5.0"]
        .concat([" 5", "5\n", "٣"])
        .concat(["99999999999999999999", "-99999999999999999999"])
        .concat(["9223372036854775808", "-9223372036854775809"])
        .concat(["9999999999999999999"]),
    ],
    [
      "expected any number but -2, which means a dead session, e.g. 123456",
      ["-2", "-02"],
    ],
  ];
  for (const [wanted, texts] of rows) {
    for (const text of texts) {
      const error: RangeError = assertThrows(() => uid(text), RangeError);
      assertEquals(error.message, wanted, text);
    }
  }
});
