import { assert, assertEquals } from "@std/assert";
import { seededRandom } from "../random.ts";
import type { Heard, Setup } from "./protocol.ts";
import {
  assertUncut,
  bytesOf,
  chance,
  dialogueOf,
  fromHex,
  mutations,
  outcome,
  talk,
  toHex,
} from "./test_dialogue.ts";
import { x11 } from "./x11.ts";

const alive: Heard = { type: "alive" };
const garbled: Heard = {
  type: "flaw",
  flaw: "protocol",
  note: "does not speak X11",
};

function refused(reason: string): Heard {
  const words = reason === "" ? "" : ` (${reason})`;
  return { type: "alive", note: `refuses this client${words}` };
}

/** The answer of Xvfb 21.1.7 that a connection is set up: 340 bytes. */
const success = bytesOf(fromHex("01 00 0b 00 00 00 53 00"), "x".repeat(332));

/** Its reply to the request with this number, from the byte of a length on. */
function reply(number: number, length = 0): Uint8Array {
  const head = Uint8Array.of(1, 0, number & 255, number >> 8, length);
  return bytesOf(head, fromHex("00 00 00 01"), new Uint8Array(23));
}

function event(kind: number, length = 0): Uint8Array {
  return bytesOf(
    Uint8Array.of(kind, 0, 1, 0, length, 0, 0, 0),
    new Uint8Array(24),
  );
}

function error(number: number, request: number): Uint8Array {
  return bytesOf(
    Uint8Array.of(0, 17, number, 0, 0, 0, 0, 0, 0, 0, request),
    new Uint8Array(21),
  );
}

const tooMany = "00 21 0b 00 00 00 09 00";

const rows: [
  what: string,
  said: readonly (Uint8Array | string)[],
  heard: Heard[],
][] = [
  ["a reply", [success, reply(1)], [alive]],
  [
    "the reply of Xvfb 21.1.7",
    [success, fromHex(`01 00 01 00 00 00 00 00 01 ${"00".repeat(23)}`)],
    [alive],
  ],
  ["events before it", [success, event(34), event(0x92), reply(1)], [alive]],
  [
    "a generic event, which is longer",
    [success, event(35, 2), reply(9).subarray(0, 8), reply(1)],
    [alive],
  ],
  [
    "the reply to another request, which is longer",
    [success, reply(9, 1), "abcd", reply(1)],
    [alive],
  ],
  [
    "an error in place of the reply",
    [success, error(1, 43)],
    [{ type: "alive", note: "answers with error 17" }],
  ],
  ["an error of another request", [success, error(2, 43)], []],
  ["an error of what nobody asked", [success, error(1, 44)], [garbled]],
  ["a reply of another kind", [success, reply(1, 1)], [garbled]],
  ["half a reply", [success, reply(1).subarray(0, 31)], []],
  ["success alone", [success], []],
  ["half of it", [success.subarray(0, 99)], []],
  ["the shortest success", [fromHex("01 00 0b 00 00 00 00 00"), reply(1)], [
    alive,
  ]],
  ["nothing", [], []],
  [
    "no cookie",
    [
      fromHex("00 40 0b 00 00 00 10 00"),
      "Authorization required, but no authorization protocol specified\n",
    ],
    [refused("Authorization required, but no authorization protocol specif")],
  ],
  [
    "a wrong cookie",
    [fromHex("00 1e 0b 00 00 00 08 00"), "Invalid MIT-MAGIC-COOKIE-1 key\0\0"],
    [refused("Invalid MIT-MAGIC-COOKIE-1 key")],
  ],
  [
    "another version",
    [fromHex("00 19 0b 00 00 00 07 00"), "Protocol version mismatch\0\0\0"],
    [refused("Protocol version mismatch")],
  ],
  [
    "too many clients",
    [fromHex(tooMany), "Maximum number of clients reached\0\0\0", reply(1)],
    [refused("Maximum number of clients reached")],
  ],
  [
    "half a reason",
    [fromHex(tooMany), "Maximum number"],
    [],
  ],
  ["no reason", [fromHex("00 00 0b 00 00 00 00 00")], [refused("")]],
  [
    "more to prove",
    [fromHex("02 00 00 00 00 00 03 00"), "Who are you?"],
    [refused("Who are you?")],
  ],
  [
    "a long reason",
    [fromHex("02 00 00 00 00 00 ff ff"), "x".repeat(255)],
    [refused("x".repeat(60))],
  ],
  [
    "a reason longer than its message",
    [fromHex("00 21 0b 00 00 00 08 00"), "x".repeat(40)],
    [garbled],
  ],
  [
    "a reason that is no text",
    [fromHex("00 04 0b 00 00 00 01 00"), "\x1b[2J"],
    [garbled],
  ],
  [
    "numbers the other way round",
    [fromHex("00 19 00 0b 00 00 00 07"), "Protocol version mismatch"],
    [garbled],
  ],
  ["sshd", ["SSH-2.0-OpenSSH_9.2\r\n"], [garbled]],
  ["a web server", ["HTTP/1.1 400 Bad Request\r\n\r\n"], [garbled]],
];

Deno.test("x11 asks for a connection, with a cookie if it has one", () => {
  const data = Array.from({ length: 16 }, (_, at) => 0xa0 + at);
  const cookie = { family: 256, address: "", display: "971", data };
  const rows: [setup: Partial<Setup>, hex: string][] = [
    [{}, "6c 00 0b 00 00 00 00 00 00 00 00 00"],
    [
      {
        host: "/tmp/.X11-unix/X971",
        port: 6971,
        files: { cookieFile: [cookie] },
      },
      "6c 00 0b 00 00 00 12 00 10 00 00 00 " +
      "4d 49 54 2d 4d 41 47 49 43 2d 43 4f 4f 4b 49 45 2d 31 00 00 " +
      "a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 aa ab ac ad ae af",
    ],
  ];
  for (const [setup, hex] of rows) {
    const { say, asks } = dialogueOf(x11, setup).open(chance);
    assertEquals([toHex(say!), asks], [hex, true]);
  }
});

Deno.test("x11 hears what a server says, however it is cut", () => {
  for (const [what, said, heard] of rows) {
    const bytes = bytesOf(...said);
    assertEquals(outcome(dialogueOf(x11), [bytes]).heard, heard, what);
    assertUncut(dialogueOf(x11), bytes);
  }
});

Deno.test("x11 asks once its connection is set up, and again on one that is held", () => {
  const dialogue = dialogueOf(x11);
  const opening = dialogue.open(chance);
  assertEquals(dialogue.ping(opening.state, chance), null);
  let turn = dialogue.receive(opening.state, success);
  for (const number of [1, 2, 3]) {
    assertEquals([toHex(turn.say!), turn.asks], ["2b 00 01 00", true]);
    const other = dialogue.receive(turn.state, reply(number + 1));
    assertEquals(other.heard, []);
    const answered = dialogue.receive(other.state, reply(number));
    assertEquals([answered.say, answered.heard], [null, [alive]]);
    turn = dialogue.ping(answered.state, chance)!;
  }
  assertEquals(dialogue.farewell(turn.state), null);
});

Deno.test("x11 counts its requests with 16 bits", () => {
  const dialogue = dialogueOf(x11);
  let { state } = talk(dialogue, [success, reply(1)]);
  for (let n = 2; n <= 0x10001; n++) {
    state = dialogue.ping(state, chance)!.state;
  }
  assertEquals(dialogue.receive(state, reply(1)).heard, [alive]);
});

Deno.test("x11 asks nothing more of a server that refuses it, or is none", () => {
  for (const said of [fromHex("00 00 0b 00 00 00 00 00"), bytesOf("SSH-")]) {
    const { state } = talk(dialogueOf(x11), [said]);
    assertEquals(dialogueOf(x11).ping(state, chance), null);
    assertEquals(dialogueOf(x11).receive(state, success).heard, []);
  }
});

Deno.test("x11 tells how it ended, or that it did not", () => {
  const early = "ended the connection during its set-up";
  const late = "ended the connection";
  const rows: [said: readonly Uint8Array[], ended: string][] = [
    [[], early],
    [[success.subarray(0, 7)], early],
    [[success], late],
    [[success, reply(1)], late],
  ];
  for (const [said, note] of rows) {
    const { ended, timedOut } = outcome(dialogueOf(x11), said);
    assertEquals(ended, { type: "unable", note });
    const silent = "did not answer in time";
    assertEquals(timedOut, { type: "unable", note: silent });
  }
});

Deno.test("x11 keeps little of what a server says", () => {
  const dialogue = dialogueOf(x11);
  const flood = bytesOf(
    fromHex("01 00 0b 00 00 00 ff ff"),
    "x".repeat(4 * 65535),
    fromHex("23 00 01 00 ff ff ff 3f"),
    "x".repeat(100_000),
  );
  const { state, heard } = talk(dialogue, [flood]);
  assertEquals(heard, []);
  assert(JSON.stringify(state).length < 300);
});

Deno.test("x11 takes no random bytes for life", () => {
  const random = seededRandom(11);
  for (let n = 0; n < 20_000; n++) {
    const bytes = Uint8Array.from(
      { length: n % 400 },
      () => Math.floor(random() * 256),
    );
    bytes[0] = n % 4;
    assertEquals(
      talk(dialogueOf(x11), [bytes]).heard.filter((it) => it.type === "alive"),
      [],
    );
  }
  for (const variant of mutations(bytesOf(success, reply(1)), 2_000)) {
    assertUncutOnce(variant);
  }
});

function assertUncutOnce(bytes: Uint8Array): void {
  const half = bytes.length >> 1;
  assertEquals(
    talk(dialogueOf(x11), [bytes.subarray(0, half), bytes.subarray(half)])
      .heard,
    talk(dialogueOf(x11), [bytes]).heard,
  );
}
