import { assert, assertEquals } from "@std/assert";
import { latin1, latin1Bytes } from "./octets.ts";
import type { Heard } from "./protocol.ts";
import { base64, sha1 } from "./sha1.ts";
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
import { ws, wss } from "./ws.ts";
import { formatControl } from "./ws_frame.ts";
import { formatRequest, judgeResponse } from "./ws_handshake.ts";

const alive: Heard = { type: "alive" };

function garbled(note: string, flaw = "protocol"): Heard {
  return { type: "flaw", flaw, note };
}

function dead(note: string, sign = "close"): Heard {
  return { type: "dead", sign, note };
}

function unable(note: string): Heard {
  return { type: "unable", note };
}

const key = base64(chance.nonce.subarray(0, 16));
const question = chance.nonce.subarray(16, 24);

function acceptOf(key: string): string {
  return base64(
    sha1(latin1Bytes(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)),
  );
}

/** A response that makes the connection a WebSocket. */
const upgraded =
  `HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nconnection: keep-alive, Upgrade\r\nsec-websocket-accept: ${
    acceptOf(key)
  }\r\n\r\n`;

/** A server's frame, its length in 7, 16 or 64 bits. */
function frame(
  opcode: number,
  payload: Uint8Array | string,
  { isFinal = true, first = 0 }: { isFinal?: boolean; first?: number } = {},
): Uint8Array {
  const { length } = payload;
  const head = length < 126
    ? [length]
    : length < 65536
    ? [126, length >> 8, length & 255]
    : [127, 0, 0, 0, 0, length / 2 ** 24, length >> 16, length >> 8, length];
  return bytesOf(
    Uint8Array.of((isFinal ? 0x80 : 0) | first | opcode, ...head),
    payload,
  );
}

function close(code: number, reason = ""): Uint8Array {
  return frame(8, bytesOf(Uint8Array.of(code >> 8, code & 255), reason));
}

const pong = frame(10, question);
const part = { isFinal: false };

/** What a server says, and what that means. */
const rows: [
  what: string,
  said: readonly (Uint8Array | string)[],
  heard: Heard[],
][] = [
  ["a pong", [upgraded, pong], [alive]],
  ["two pongs", [upgraded, pong, pong], [alive]],
  [
    "other frames before it",
    [upgraded, frame(1, "welcome"), frame(9, "yours?"), frame(10, ""), pong],
    [alive],
  ],
  ["a pong before data", [upgraded, pong, frame(2, "x".repeat(70))], [alive]],
  [
    "a pong between fragments",
    [
      upgraded,
      frame(1, "one", part),
      frame(0, "x".repeat(200), part),
      frame(9, ""),
      pong,
      frame(0, "three"),
      frame(1, "four"),
    ],
    [alive],
  ],
  ["lines that end in LF", [upgraded.replaceAll("\r", ""), pong], [alive]],
  ["somebody else's pong", [upgraded, frame(10, "12345678")], []],
  ["half of our pong", [upgraded, frame(10, question.subarray(0, 7))], []],
  ["more than our pong", [upgraded, frame(10, bytesOf(question, "x"))], []],
  ["our nonce as a ping", [upgraded, frame(9, question)], []],
  ["our nonce as data", [upgraded, frame(2, question)], []],
  ["no pong", [upgraded], []],
  ["nothing", [], []],
  ["half a head", [upgraded.slice(0, 40)], []],
  [
    "masked",
    [upgraded, fromHex("8a 88 00 00 00 00"), question],
    [garbled("sent a masked frame, as only clients do")],
  ],
  [
    "reserved bits",
    [upgraded, frame(10, question, { first: 0x40 })],
    [garbled("sent a frame with reserved bits")],
  ],
  [
    "a reserved kind of data",
    [upgraded, frame(3, "")],
    [garbled("sent a frame of a reserved kind")],
  ],
  [
    "a reserved kind of control",
    [upgraded, frame(11, "")],
    [garbled("sent a frame of a reserved kind")],
  ],
  [
    "a fragment of a pong",
    [upgraded, frame(10, question, part)],
    [garbled("sent a control frame in fragments")],
  ],
  [
    "a long control frame",
    [upgraded, frame(9, "x".repeat(126))],
    [garbled("sent a control frame of more than 125 bytes")],
  ],
  ["the longest control frame", [upgraded, frame(9, "x".repeat(125))], []],
  [
    "a fragment of nothing",
    [upgraded, frame(0, "x")],
    [garbled("sent fragments out of order")],
  ],
  [
    "a message within another",
    [upgraded, frame(1, "x", part), frame(1, "x")],
    [garbled("sent fragments out of order")],
  ],
  [
    "a length of 2^63",
    [upgraded, fromHex("82 7f 80 00 00 00 00 00 00 00")],
    [garbled("sent a frame of no valid length")],
  ],
  [
    "wrong after a pong",
    [upgraded, pong, frame(3, "")],
    [alive, garbled("sent a frame of a reserved kind")],
  ],
  [
    "closed before a pong",
    [upgraded, close(1008, "login required"), pong],
    [dead("closed with 1008 (login required)")],
  ],
  [
    "closed after a pong",
    [upgraded, pong, close(1008, "login required"), pong],
    [alive, unable("closed with 1008 (login required)")],
  ],
  [
    "closed without a code",
    [upgraded, frame(8, "")],
    [dead("closed without a code")],
  ],
  [
    "closed with half a code",
    [upgraded, frame(8, "\x03")],
    [garbled("closed with half a code")],
  ],
  [
    "closed with a long and evil reason",
    [upgraded, close(4001, `\x1b[31m${"x".repeat(100)}`)],
    [dead(`closed with 4001 (\\u001b[31m${"x".repeat(55)})`)],
  ],
  [
    "a wrong accept",
    [upgraded.replace(acceptOf(key), acceptOf("x")), pong],
    [garbled("answered 101, but with a wrong Sec-WebSocket-Accept")],
  ],
  [
    "two accepts",
    [upgraded.replace("\r\n\r\n", `\r\nSec-WebSocket-Accept: x\r\n\r\n`), pong],
    [garbled("answered 101, but with a wrong Sec-WebSocket-Accept")],
  ],
  [
    "no accept",
    [upgraded.replace("accept", "except"), pong],
    [garbled("answered 101, but with a wrong Sec-WebSocket-Accept")],
  ],
  [
    "another upgrade",
    [upgraded.replace("WebSocket", "h2c"), pong],
    [garbled("answered 101, but not for a WebSocket")],
  ],
  [
    "another connection",
    [upgraded.replace(", Upgrade", ""), pong],
    [garbled("answered 101, but not for a WebSocket")],
  ],
  [
    "an extension",
    [
      upgraded.replace(
        "\r\n\r\n",
        "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
      ),
      pong,
    ],
    [garbled("answered 101 with an extension or a protocol nobody asked for")],
  ],
  ["sshd", ["SSH-2.0-OpenSSH_9.2\r\n"], [garbled("does not speak HTTP")]],
  ["a TLS alert", ["\x15\x03\x01"], [garbled("does not speak HTTP")]],
  ["HTTP/2", ["HTTP/2 200\r\n\r\n"], [garbled("does not speak HTTP")]],
  [
    "no status",
    ["HTTP/1.1 OK\r\n\r\n"],
    [garbled("does not speak HTTP")],
  ],
  [
    "interim responses first",
    [
      `HTTP/1.1 100\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${upgraded}`,
      pong,
    ],
    [alive],
  ],
  [
    "interim responses without an end",
    ["HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n".repeat(1_000)],
    [garbled("sent more than 16 KiB of headers", "length")],
  ],
  [
    "16 KiB of headers",
    [upgraded.replace("\r\n\r\n", `\r\nA: ${"x".repeat(17_000)}\r\n\r\n`)],
    [garbled("sent more than 16 KiB of headers", "length")],
  ],
];

const statuses: [status: number, heard: Heard, withCredentials?: Heard][] = [
  [200, garbled("answered 200")],
  [204, garbled("answered 204")],
  [301, garbled("answered 301: a portal?")],
  [400, garbled("answered 400")],
  [
    401,
    garbled("answered 401, and no credentials were sent"),
    dead("answered 401", "401"),
  ],
  [
    403,
    garbled("answered 403, and no credentials were sent"),
    dead("answered 403", "403"),
  ],
  [404, garbled("answered 404")],
  [
    407,
    garbled("answered 407, and no credentials were sent"),
    dead("answered 407", "407"),
  ],
  [426, garbled("answered 426")],
  [500, unable("answered 500")],
  [502, unable("answered 502")],
  [503, unable("answered 503")],
  [511, unable("answered 511: a portal?")],
  [600, garbled("answered 600")],
];

const closes: [codes: number[], type: Heard["type"]][] = [
  [[1001, 1011, 1012, 1013, 1014], "unable"],
  [[1002, 1003, 1007, 1009, 1010], "flaw"],
  [[0, 999, 1004, 1005, 1006, 1015, 5000, 65535], "flaw"],
  [[1000, 1008, 3000, 4000, 4001, 4999], "dead"],
];

Deno.test("ws asks as RFC 6455 has it", () => {
  const base = { host: "gw.example", port: 80, path: "" };
  const nonce = latin1Bytes("the sample nonce");
  const rows: [setup: typeof base, target: string, host: string][] = [
    [base, "/", "gw.example"],
    [{ ...base, path: "/chat?a=b%20c" }, "/chat?a=b%20c", "gw.example"],
    [{ ...base, path: "/ü \r\n#" }, "/%c3%bc%20%0d%0a%23", "gw.example"],
    [{ ...base, port: 8080 }, "/", "gw.example:8080"],
    [{ ...base, host: "::1" }, "/", "[::1]"],
    [{ ...base, host: "::1", port: 443 }, "/", "[::1]:443"],
  ];
  for (const [setup, target, host] of rows) {
    const parts = { nonce, usualPort: 80, headers: ["Cookie: \xc3\xbc=1"] };
    assertEquals(
      latin1(formatRequest(setup, parts)),
      `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nCookie: \xc3\xbc=1\r\n\r\n`,
    );
  }
  const response = bytesOf(
    upgraded.replace(acceptOf(key), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
    pong,
  );
  assertEquals(judgeResponse(response, { nonce, hasCredentials: false }), {
    frames: pong,
  });
});

Deno.test("ws and wss name the host without their usual ports alone", () => {
  const firstOf = (dialogue: ReturnType<typeof dialogueOf>) =>
    latin1(dialogue.open(chance).say!).split("\r\n")[1];
  assertEquals(firstOf(dialogueOf(ws)), "Host: 192.0.2.1");
  assertEquals(firstOf(dialogueOf(ws, { port: 443 })), "Host: 192.0.2.1:443");
  assertEquals(firstOf(dialogueOf(wss)), "Host: 192.0.2.1");
  assertEquals(firstOf(dialogueOf(wss, { port: 80 })), "Host: 192.0.2.1:80");
  assertEquals(dialogueOf(ws).tls, null);
  assertEquals(dialogueOf(wss).tls, { name: "192.0.2.1", authorities: [] });
});

Deno.test("formatControl() makes the frames of known clients", () => {
  const rows: [opcode: number, mask: string, payload: string, frame: string][] =
    [
      [
        9,
        "b2 9d 59 e6",
        "8a 63 cd 95 8e c3 ac 3b",
        "89 88 b2 9d 59 e6 38 fe 94 73 3c 5e f5 dd",
      ],
      [8, "59 75 a0 d1", "03 e8", "88 82 59 75 a0 d1 5a 9d"],
    ];
  for (const [opcode, mask, payload, expected] of rows) {
    const control = { opcode, payload: fromHex(payload) };
    assertEquals(toHex(formatControl(control, fromHex(mask))), expected);
  }
});

Deno.test("ws hears what a server says, however it is cut", () => {
  for (const [what, said, heard] of rows) {
    const bytes = bytesOf(...said);
    assertEquals(outcome(dialogueOf(ws), [bytes]).heard, heard, what);
    if (bytes.length < 2_000) assertUncut(dialogueOf(ws), bytes);
  }
});

Deno.test("ws knows what known servers send", () => {
  const rows: [hex: string, heard: Heard[]][] = [
    [
      "88 0f 0f a1 73 65 73 73 69 6f 6e 20 65 6e 64 65 64",
      [dead("closed with 4001 (session ended)")],
    ],
    [
      "88 0c 03 e9 67 6f 69 6e 67 20 61 77 61 79",
      [unable("closed with 1001 (going away)")],
    ],
    [
      "88 10 03 f0 6c 6f 67 69 6e 20 72 65 71 75 69 72 65 64",
      [dead("closed with 1008 (login required)")],
    ],
    ["89 04 05 6c 14 20", []],
  ];
  for (const [hex, heard] of rows) {
    const bytes = bytesOf(upgraded, fromHex(hex));
    assertEquals(outcome(dialogueOf(ws), [bytes]).heard, heard, hex);
    assertUncut(dialogueOf(ws), bytes);
  }
});

Deno.test("ws judges each code of a close frame, once it has lived by nothing but trouble", () => {
  for (const [codes, type] of closes) {
    for (const code of codes) {
      const fresh = talk(dialogueOf(ws), [bytesOf(upgraded, close(code))]);
      const note = `closed with ${code}`;
      assertEquals(
        fresh.heard,
        [
          { dead: dead(note), unable: unable(note), flaw: garbled(note) }[
            type as "dead"
          ],
        ],
      );
      const held = talk(dialogueOf(ws), [bytesOf(upgraded, pong, close(code))]);
      assertEquals(
        held.heard.at(-1)?.type,
        type === "flaw" ? "flaw" : "unable",
      );
    }
  }
});

Deno.test("ws judges each status, 401 and its like by whether credentials were sent", () => {
  const files = { headersFile: ["Authorization: Bearer x"] };
  for (const [status, heard, withCredentials = heard] of statuses) {
    const bytes = bytesOf(
      `HTTP/1.1 ${status} So what\r\nServer: x\r\n\r\n<html>`,
    );
    const without = dialogueOf(ws);
    assertEquals(outcome(without, [bytes]).heard, [heard]);
    const having = dialogueOf(ws, { files });
    assertEquals(outcome(having, [bytes]).heard, [withCredentials]);
    assertUncut(having, bytes);
  }
});

Deno.test("ws says where a redirect leads to, but not with its path", () => {
  const rows: [location: string, note: string][] = [
    [
      "http://portal.example/login?user=alice",
      "answered 302 (to http://portal.example): a portal?",
    ],
    ["/login", "answered 302: a portal?"],
    ["http://alice:secret@portal.example/", "answered 302: a portal?"],
    [
      `http://${"x".repeat(100)}/`,
      `answered 302 (to http://${"x".repeat(53)}): a portal?`,
    ],
  ];
  for (const [location, note] of rows) {
    const bytes = bytesOf(`HTTP/1.1 302 \r\nLOCATION:${location} \r\n\r\n`);
    assertEquals(outcome(dialogueOf(ws), [bytes]).heard, [garbled(note)]);
  }
});

Deno.test("ws tells how it ended, or that it did not", () => {
  const rows: [
    said: readonly (Uint8Array | string)[],
    ended: string,
    timedOut: string,
  ][] = [
    [[], "ended the connection before it answered", "did not answer in time"],
    [
      ["HTTP"],
      "ended the connection before it answered",
      "did not answer in time",
    ],
    [
      [upgraded, frame(10, "")],
      "ended the connection without a close frame",
      "sent no pong in time",
    ],
    [
      [upgraded, pong],
      "ended the connection without a close frame",
      "sent no pong in time",
    ],
  ];
  for (const [said, ended, timedOut] of rows) {
    const found = outcome(dialogueOf(ws), [bytesOf(...said)]);
    assertEquals(found.ended, unable(ended));
    assertEquals(found.timedOut, unable(timedOut));
  }
});

/** What a client's frames hold: kind and payload, in hexadecimal digits. */
function unmasked(bytes: Uint8Array): [opcode: number, payload: string][] {
  const found: [number, string][] = [];
  for (let at = 0; at < bytes.length;) {
    const [first, second, ...rest] = bytes.subarray(at);
    assert((first! & 0xf0) === 0x80 && (second! & 0x80) !== 0);
    const length = second! & 127;
    const payload = rest.slice(4, 4 + length)
      .map((byte, index) => byte ^ rest[index % 4]!);
    found.push([first! & 15, toHex(Uint8Array.from(payload))]);
    at += 6 + length;
  }
  return found;
}

Deno.test("ws pings, answers pings and closes in masked frames", () => {
  const rows: [
    said: readonly (Uint8Array | string)[],
    frames: [opcode: number, payload: string][],
  ][] = [
    [[upgraded], [[9, toHex(question)]]],
    [[upgraded, pong, frame(1, "x")], [[9, toHex(question)]]],
    [[upgraded, fromHex("89 04 05 6c 14 20")], [
      [9, toHex(question)],
      [10, "05 6c 14 20"],
    ]],
    [[upgraded, frame(9, "a"), frame(9, "b"), pong], [
      [9, toHex(question)],
      [10, "62"],
    ]],
    [[upgraded, close(1008)], [[9, toHex(question)], [8, "03 e8"]]],
    [[upgraded, frame(3, "")], [[9, toHex(question)], [8, "03 ea"]]],
    [["HTTP/1.1 404 \r\n\r\n"], []],
  ];
  for (const [said, frames] of rows) {
    const found = talk(dialogueOf(ws), [bytesOf(...said)]);
    assertEquals(unmasked(found.said), frames);
  }
});

Deno.test("ws asks by its pings, not by its request", () => {
  const dialogue = dialogueOf(ws);
  const opening = dialogue.open(chance);
  assertEquals(opening.asks, false);
  const asking = dialogue.receive(opening.state, bytesOf(upgraded));
  assertEquals([asking.asks, asking.heard], [true, []]);
  const answered = dialogue.receive(asking.state, pong);
  assertEquals([answered.asks, answered.say, answered.heard], [false, null, [
    alive,
  ]]);
});

Deno.test("ws asks again on a connection that has lived, each time with another nonce", () => {
  const dialogue = dialogueOf(ws);
  assertEquals(dialogue.ping(talk(dialogue, []).state, chance), null);
  assertEquals(dialogue.farewell(talk(dialogue, []).state), null);
  const young = talk(dialogue, [bytesOf(upgraded)]).state;
  assertEquals(dialogue.ping(young, chance), null);
  const over = talk(dialogue, [bytesOf(upgraded, pong, close(1001))]).state;
  assertEquals(dialogue.ping(over, chance), null);
  assertEquals(dialogue.farewell(over), null);

  let { state } = talk(dialogue, [bytesOf(upgraded, pong)]);
  const masks = new Set<string>();
  for (let n = 1; n <= 3; n++) {
    const nonce = chance.nonce.map((byte) => byte + n);
    const ping = dialogue.ping(state, { nonce, wallTime: 0 })!;
    const asked = nonce.subarray(16, 24);
    assertEquals(unmasked(ping.say!), [[9, toHex(asked)]]);
    assertEquals([ping.asks, ping.heard], [true, []]);
    const late = dialogue.receive(ping.state, pong);
    assertEquals(late.heard, []);
    const answer = dialogue.receive(late.state, frame(10, asked));
    assertEquals(answer.heard, [alive]);
    const pinged = dialogue.receive(answer.state, frame(9, "x"));
    const farewell = dialogue.farewell(pinged.state)!;
    assertEquals(unmasked(farewell), [[8, "03 e8"]]);
    for (const said of [ping.say!, pinged.say!, farewell]) {
      masks.add(toHex(said.subarray(2, 6)));
    }
    state = pinged.state;
  }
  assertEquals(masks.size, 9);
});

Deno.test("ws skips data of any length, and keeps none of it", () => {
  const dialogue = dialogueOf(ws);
  const chunk = new Uint8Array(16 * 1024);
  const start = bytesOf(upgraded, fromHex("82 7f 00 00 00 00 40 00 00 00"));
  let { state } = talk(dialogue, [start]);
  for (let n = 0; n < 2 ** 16; n++) {
    state = dialogue.receive(state, chunk).state;
  }
  assert(JSON.stringify(state).length < 1_000);
  assertEquals(dialogue.receive(state, pong).heard, [alive]);
  for (const length of [0, 125, 126, 127, 65535, 65536, 100_000]) {
    const bytes = bytesOf(upgraded, frame(2, new Uint8Array(length)), pong);
    assertEquals(outcome(dialogue, [bytes]).heard, [alive], `${length}`);
  }
});

Deno.test("ws never throws, and is never alive unless its nonce comes back", () => {
  const payload = latin1(question);
  for (const [what, said] of rows) {
    const bytes = bytesOf(...said);
    for (const variant of mutations(bytes.subarray(0, 1_000), 2_000)) {
      const { heard } = outcome(dialogueOf(ws), [variant]);
      if (!heard.some(({ type }) => type === "alive")) continue;
      const text = latin1(variant);
      assert(text.includes(`\x8a\x08${payload}`), `${what}: ${toHex(variant)}`);
      assert(text.includes(acceptOf(key)), `${what}: ${toHex(variant)}`);
    }
  }
  const nothing = bytesOf(upgraded, frame(2, "x".repeat(300)));
  for (const variant of mutations(nothing, 2_000)) {
    assertEquals(
      outcome(dialogueOf(ws), [variant]).heard.filter(({ type }) =>
        type === "alive"
      ),
      [],
    );
  }
});
