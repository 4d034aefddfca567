import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Heartbeat } from "./protocol.ts";
import { seededRandom } from "../random.ts";
import { stamp } from "./stamp.ts";

function bytes(hex: string): Uint8Array {
  const digits = hex.replace(/\s/g, "").match(/../g) ?? [];
  return Uint8Array.from(digits, (byte) => parseInt(byte, 16));
}

function hex(data: Uint8Array): string {
  return [...data].map((it) => it.toString(16).padStart(2, "0")).join("");
}

const zeros = (count: number) => "00".repeat(count);
const key = bytes(
  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
);

function heartbeatOf(files: Readonly<Record<string, unknown>>): Heartbeat {
  const setup = { identity: "", host: "192.0.2.1", port: 862, path: "" };
  return stamp.open({ ...setup, values: {}, files });
}

const plain = heartbeatOf({});
const keyed = heartbeatOf({ keyFile: key });

/** 7 requests before, at 0xec0f2d80 s after 1900 and a half. */
const occasion = {
  wallTime: (0xec0f2d80 - 2_208_988_800) * 1_000 + 500,
  attempt: 7,
  random: 0,
};

Deno.test("stamp asks as docs/protocols.md's vectors say", () => {
  assertEquals(
    hex(plain.request(occasion)),
    `00000007ec0f2d80800000008001${zeros(30)}`,
  );
  assertEquals(
    hex(keyed.request(occasion)),
    `00000007${zeros(12)}ec0f2d80800000008001${
      zeros(70)
    }2c09626c79f5b6a751728fb3a016e7f6`,
  );
});

/** An unsigned reply, and the request that it answers. */
const reply = bytes(
  "00000000 eeb3f87688dc5c00 8001 0000 eeb3f87688d92000 00000000 eeb3f8768831 26e9 0001 0000 40 000000",
);
const request = bytes(`00000000 eeb3f876883126e9 8001 ${zeros(30)}`);

/** The same with a key. */
const signedReply = bytes(
  `00000000 ${zeros(12)} eeb3f8769a438000 8001 0000 00000000 eeb3f8769a354c00 ${
    zeros(8)
  } 00000000 ${zeros(12)} eeb3f87699db22d0 0001 0000 00000000 40 ${
    zeros(15)
  } 693da1cbf1ac2442a4eb42c3f22819de`,
);
const signedRequest = bytes(
  `00000000 ${zeros(12)} eeb3f87699db22d0 8001 ${zeros(86)}`,
);

Deno.test("stamp judges answers against what was asked", () => {
  const other = Uint8Array.from(request);
  other[11]! ^= 1;
  const changed = Uint8Array.from(signedReply);
  changed[20]! ^= 1;
  const rows: [
    what: string,
    heartbeat: Heartbeat,
    reply: Uint8Array,
    requests: Uint8Array[],
    judgement: unknown,
  ][] = [
    ["alive", plain, reply, [request], { reply: "alive", answers: 0 }],
    ["the second", plain, reply, [other, request], {
      reply: "alive",
      answers: 1,
    }],
    ["TWAMP Light", plain, reply.subarray(0, 38), [request], {
      reply: "alive",
      answers: 0,
    }],
    ["too short", plain, reply.subarray(0, 35), [request], { flaw: "length" }],
    ["another time", plain, reply, [other], { flaw: "echo" }],
    ["nothing asked", plain, reply, [], { flaw: "echo" }],
    ["the request itself", plain, request, [request], { flaw: "echo" }],
    ["signed", keyed, signedReply, [signedRequest], {
      reply: "alive",
      answers: 0,
    }],
    ["changed", keyed, changed, [signedRequest], { flaw: "mac" }],
    ["an old one", keyed, signedReply, [keyed.request(occasion)], {
      flaw: "echo",
    }],
    ["cut", keyed, signedReply.subarray(0, 111), [signedRequest], {
      flaw: "length",
    }],
    ["unsigned", keyed, reply, [signedRequest], { flaw: "length" }],
  ];
  for (const [what, heartbeat, bytes, requests, judgement] of rows) {
    assertEquals(heartbeat.judge(bytes, requests), judgement as never, what);
    assertEquals(heartbeat.secrets(bytes).length, bytes.length);
  }
});

/** What an answer says of the peer's clock, in ms with two digits, if it arrives at a wall-clock time. */
function peerTimes(reply: Uint8Array, asked: Uint8Array, wallTime: number) {
  const judgement = plain.judge(reply, [asked], wallTime);
  assert("reply" in judgement && judgement.peerTimes !== undefined);
  const { sinceArrival, sinceReply } = judgement.peerTimes;
  return [sinceArrival.toFixed(2), sinceReply.toFixed(2)];
}

Deno.test("stamp tells what the peer's clock says", () => {
  // There at .53456 s, and back on its way 0.049 ms later.
  const second = (0xeeb3f876 - 2_208_988_800) * 1_000;
  const left = second + 1000 * 0x88dc5c00 / 2 ** 32;
  assertEquals(peerTimes(reply, request, left + 1.5), ["1.55", "1.50"]);
  // Ahead of ours.
  assertEquals(peerTimes(reply, request, left - 1), ["-0.95", "-1.00"]);
  // Seconds begin anew after 136 years: the nearer time is meant.
  const later = left + 2 ** 32 * 1_000;
  assertEquals(peerTimes(reply, request, later + 9), ["9.05", "9.00"]);
});

Deno.test("stamp reads times of PTP, too", () => {
  const ptp = Uint8Array.from(reply);
  const view = new DataView(ptp.buffer);
  const seconds = 1_795_000_000;
  for (const [at, ns] of [[4, 900_000], [16, 700_000]] as const) {
    view.setUint32(at, seconds);
    view.setUint32(at + 4, ns);
  }
  view.setUint16(12, 0xc001);
  assertEquals(peerTimes(ptp, request, seconds * 1_000 + 2), ["1.30", "1.10"]);
});

Deno.test("stamp takes nothing that chance makes for an answer", () => {
  const random = seededRandom(1);
  for (let n = 0; n < 2_000; n++) {
    const length = Math.floor(random() * 130);
    const noise = Uint8Array.from({ length }, () => random() * 256);
    for (const heartbeat of [plain, keyed]) {
      const { flaw } = heartbeat.judge(noise, [
        heartbeat.request({ ...occasion, random: random() }),
      ]) as { flaw?: string };
      assert(flaw !== undefined);
    }
  }
});

Deno.test("stamp never asks twice alike", () => {
  const asked = Array.from(
    { length: 100 },
    (_, n) => hex(plain.request({ ...occasion, attempt: 0, random: n / 100 })),
  );
  assertEquals(new Set(asked).size, 100);
});

Deno.test("a key is hexadecimal, and long enough", () => {
  const { parse } = stamp.files["keyFile"]!;
  const encode = (text: string) => new TextEncoder().encode(text);
  assertEquals(parse(encode(` ${hex(key)}\n`)), key);
  assertEquals(
    parse(encode("00 01 02 03 04 05 06 07\n08090A0B0C0D0E0F")),
    key.subarray(0, 16),
  );
  for (
    const text of ["", "00", "0".repeat(31), "x".repeat(32), "0".repeat(33)]
  ) {
    assertThrows(() => parse(encode(text)), RangeError, "expected at least 32");
  }
});
