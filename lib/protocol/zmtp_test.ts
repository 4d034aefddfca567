import { assert, assertEquals } from "@std/assert";
import { latin1 } from "./octets.ts";
import type { Heard } from "./protocol.ts";
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
import { zmtp } from "./zmtp.ts";

const context = latin1(chance.nonce.subarray(0, 8));

const signature = "\xff\0\0\0\0\0\0\0\x01\x7f";

function greeting(mechanism = "NULL", version = "\x03\x01"): string {
  return signature + version + mechanism.padEnd(52, "\0");
}

/** A frame, its length in 8 or 64 bits. */
function frame(flags: number, body: string): string {
  const { length } = body;
  const head = (flags & 2) === 0
    ? [length]
    : [0, 0, 0, 0, 0, length >> 16, length >> 8, length];
  return latin1(Uint8Array.of(flags, ...head)) + body;
}

function short(text: string): string {
  return String.fromCharCode(text.length) + text;
}

function command(name: string, body = "", flags = 4): string {
  return frame(flags, short(name) + body);
}

function property(name: string, value: string): string {
  return `${short(name)}\0\0\0${short(value)}`;
}

function ready(type: string): string {
  return command("READY", property("Socket-Type", type));
}

const pong = command("PONG", context);
const rep = greeting() + ready("REP");

function alive(note: string): Heard {
  return { type: "alive", note };
}

function garbled(note: string): Heard {
  return { type: "flaw", flaw: "protocol", note };
}

function dead(note: string): Heard {
  return { type: "dead", sign: "error", note };
}

const aRep = alive("socket type REP");
const noReady = garbled("sent no valid READY");

/** What a peer says, and what that means. */
const rows: [what: string, said: string, heard: Heard[]][] = [
  ["a PONG", rep + pong, [aRep]],
  ["two PONGs", rep + pong + pong, [aRep]],
  ["a PONG of a long frame", rep + command("PONG", context, 6), [aRep]],
  ["a PONG without a context", rep + command("PONG"), [aRep]],
  ["another one's PONG", rep + command("PONG", "12345678"), []],
  ["half of our PONG", rep + command("PONG", context.slice(1)), []],
  ["more than our PONG", rep + command("PONG", `${context}x`), []],
  ["our context in a PING", rep + command("PING", context), []],
  ["a PONG as a message", rep + frame(0, `\x04PONG${context}`), []],
  ["a PONG before READY", greeting() + pong, [noReady]],
  ["READY alone", rep, []],
  ["nothing", "", []],
  ["half a greeting", greeting().slice(0, 63), []],
  ["a greeting alone", greeting(), []],
  [
    "other frames before it",
    rep + frame(0, "hello") + frame(1, "") + frame(3, "x".repeat(300)) +
    frame(2, "") + command("SUBSCRIBE", "x") + frame(4, "") +
    frame(4, "\x09PONG") + ready("PUSH") + pong,
    [aRep],
  ],
  [
    "a command of more than 64 KiB before it",
    rep + command("PONG", context.padEnd(2 ** 16), 6) + pong,
    [aRep],
  ],
  [
    "more properties than one",
    greeting() +
    command(
      "READY",
      property("Identity", "") + property("SOCKET-type", "PULL") +
        property("Resource", "x".repeat(30)),
      6,
    ) + pong,
    [alive("socket type PULL")],
  ],
  ["ZMTP 3.7", greeting("NULL", "\x03\x07") + ready("REP") + pong, [aRep]],
  ["ZMTP 4.0", greeting("NULL", "\x04\0") + ready("REP") + pong, [aRep]],
  [
    "ZMTP 3.0",
    greeting("NULL", "\x03\0") + ready("REP"),
    [alive("socket type REP, ZMTP 3.0: its READY is the proof")],
  ],
  [
    "no socket type",
    greeting() + command("READY"),
    [alive("socket type unknown: its READY is the proof")],
  ],
  [
    "an evil socket type",
    greeting() + ready(`\x1b[2J${"x".repeat(90)}`),
    [
      alive(
        `socket type \\u001b[2J${"x".repeat(56)}: its READY is the proof`,
      ),
    ],
  ],
  ...["PLAIN", "CURVE", "GSSAPI", "A-Z_0.9+"].map((mechanism) =>
    [
      mechanism,
      greeting(mechanism) + ready("REP") + pong,
      [alive(`mechanism ${mechanism}: its greeting is the proof`)],
    ] as [string, string, Heard[]]
  ),
  ...["REQ", "DEALER", "PAIR", "PUSH", "SERVER", "constructor"].map((type) =>
    [
      type,
      greeting() + ready(type) + pong,
      [alive(`socket type ${type}: its READY is the proof`)],
    ] as [string, string, Heard[]]
  ),
  ...["REP", "ROUTER", "PUB", "XPUB", "SUB", "XSUB", "PULL"].map((type) =>
    [type, greeting() + ready(type) + pong, [alive(`socket type ${type}`)]] as [
      string,
      string,
      Heard[],
    ]
  ),
  ["ERROR", greeting() + command("ERROR", short("bye")), [
    dead("sent ERROR (bye)"),
  ]],
  ["ERROR without a reason", greeting() + command("ERROR", "\0"), [
    dead("sent ERROR"),
  ]],
  ["half an ERROR", greeting() + command("ERROR", "\x07bye"), [
    dead("sent ERROR"),
  ]],
  ["an ERROR after READY", rep + command("ERROR", short("400")) + pong, [
    dead("sent ERROR (400)"),
  ]],
  [
    "an ERROR with a long and evil reason",
    greeting() + command("ERROR", short(`\x1b[31m${"x".repeat(100)}`)),
    [dead(`sent ERROR (\\u001b[31m${"x".repeat(55)})`)],
  ],
  ["sshd", "SSH-2.0-OpenSSH_9.2\r\n", [garbled("does not speak ZMTP")]],
  ["HTTP", "HTTP/1.1 400 Bad Request\r\n", [garbled("does not speak ZMTP")]],
  ["ZMTP 1.0", "\x01\0", [garbled("does not speak ZMTP")]],
  ["no signature", `\xff${"x".repeat(20)}`, [garbled("does not speak ZMTP")]],
  ["ZMTP 2.0", `${signature}\x01\x04\0\0`, [garbled("speaks ZMTP 2 or older")]],
  ["no mechanism", greeting(""), [garbled("names no valid mechanism")]],
  ["an odd mechanism", greeting("NULL\0x"), [
    garbled("names no valid mechanism"),
  ]],
  ["a message before READY", greeting() + frame(0, "hello"), [noReady]],
  ["another command", greeting() + command("HELLO"), [noReady]],
  ["a command without a name", greeting() + frame(4, ""), [noReady]],
  ["a READY of more than 64 KiB", greeting() + frame(6, "x".repeat(70_000)), [
    noReady,
  ]],
  ["half a property", greeting() + command("READY", "\x0bSocket-Type\0\0"), [
    noReady,
  ]],
  [
    "a property without its end",
    greeting() + command("READY", property("Socket-Type", "REP").slice(0, -1)),
    [noReady],
  ],
  ["reserved bits", `${rep}\x08\0`, [garbled("sent a frame of no known kind")]],
  ["a command with more", `${rep}\x05\0`, [
    garbled("sent a frame of no known kind"),
  ]],
  ["wrong after a PONG", `${rep}${pong}\x07\0`, [
    aRep,
    garbled("sent a frame of no known kind"),
  ]],
  ["a length of 2^63", `${rep}\x02\x80\0\0\0\0\0\0\0`, [
    garbled("sent a frame of no valid length"),
  ]],
];

Deno.test("zmtp hears what a peer says, however it is cut", () => {
  for (const [what, said, heard] of rows) {
    const bytes = bytesOf(said);
    assertEquals(outcome(dialogueOf(zmtp), [bytes]).heard, heard, what);
    if (bytes.length < 2_000) assertUncut(dialogueOf(zmtp), bytes);
  }
});

Deno.test("zmtp says and hears what libzmq 4.3.4 does", () => {
  const nullGreeting = `ff 00 00 00 00 00 00 00 01 7f 03 01 4e 55 4c 4c ${
    "00 ".repeat(48)
  }`;
  const name = "0b 53 6f 63 6b 65 74 2d 54 79 70 65 00 00 00";
  const readyReq = `04 19 05 52 45 41 44 59 ${name} 03 52 45 51`;
  const readyDealer = `04 1c 05 52 45 41 44 59 ${name} 06 44 45 41 4c 45 52`;
  const readySub = `04 19 05 52 45 41 44 59 ${name} 03 53 55 42`;
  const readyPush = `04 1a 05 52 45 41 44 59 ${name} 04 50 55 53 48`;
  const fromRouter =
    `04 29 05 52 45 41 44 59 ${name} 06 52 4f 55 54 45 52 08 49 64 65 6e 74 69 74 79 00 00 00 00`;
  const fromRep = `04 19 05 52 45 41 44 59 ${name} 03 52 45 50`;
  const fromPub = `04 19 05 52 45 41 44 59 ${name} 03 50 55 42`;
  const fromPull = `04 1a 05 52 45 41 44 59 ${name} 04 50 55 4c 4c`;
  const known = "34 e4 ae 78 46 8f ca e9";
  const asked: [fromPeer: string, ready: string][] = [
    [fromRep, readyReq],
    [fromRouter, readyDealer],
    [fromPub, readySub],
    [fromPull, readyPush],
  ];
  const opening = {
    nonce: fromHex(`${known} ${"00 ".repeat(24)}`),
    wallTime: 0,
  };
  for (const [fromPeer, ready] of asked) {
    const dialogue = dialogueOf(zmtp);
    const first = dialogue.open(opening);
    assertEquals(toHex(first.say!), "ff 00 00 00 00 00 00 00 01 7f 03");
    const second = dialogue.receive(first.state, fromHex(nullGreeting));
    assertEquals(
      toHex(second.say!),
      `01 4e 55 4c 4c ${"00 ".repeat(48)}`.trim(),
    );
    const third = dialogue.receive(second.state, fromHex(fromPeer));
    assertEquals(
      toHex(third.say!),
      `${ready} 04 0f 04 50 49 4e 47 00 00 ${known}`,
    );
    assertEquals(
      [first.asks, second.asks, third.asks, third.heard],
      [true, true, true, []],
    );
    const last = dialogue.receive(
      third.state,
      fromHex(`04 0d 04 50 4f 4e 47 ${known}`),
    );
    assertEquals(
      [last.say, last.asks, last.heard.map(({ type }) => type)],
      [null, false, ["alive"]],
    );
  }
});

Deno.test("zmtp joins nobody whose messages it would get", () => {
  const rest = "\x01NULL".padEnd(53, "\0");
  const said = (text: string) =>
    latin1(talk(dialogueOf(zmtp), [bytesOf(text)]).said);
  const rows: [type: string, partner: string | null][] = [
    ["REP", "REQ"],
    ["ROUTER", "DEALER"],
    ["PUB", "SUB"],
    ["XPUB", "SUB"],
    ["SUB", "PUB"],
    ["XSUB", "PUB"],
    ["PULL", "PUSH"],
    ["PUSH", null],
    ["DEALER", null],
    ["REQ", null],
    ["PAIR", null],
    ["STREAM", null],
  ];
  const ping = command("PING", `\0\0${context}`);
  for (const [type, partner] of rows) {
    const expected = partner === null ? "" : ready(partner) + ping;
    assertEquals(said(greeting() + ready(type)), rest + expected, type);
  }
  assertEquals(said(greeting("NULL", "\x03\0") + ready("REP")), rest);
  assertEquals(said(greeting("CURVE")), "");
});

Deno.test("zmtp answers a PING by its context, of which it takes 16 bytes", () => {
  const rows: [body: string, context: string][] = [
    ["\0\0", ""],
    ["", ""],
    ["\0\x0ahello", "hello"],
    [`\0\0${"x".repeat(16)}yz`, "x".repeat(16)],
  ];
  for (const [body, context] of rows) {
    const dialogue = dialogueOf(zmtp);
    const { state } = talk(dialogue, [bytesOf(rep)]);
    const { say, asks, heard } = dialogue.receive(
      state,
      bytesOf(command("PING", body)),
    );
    assertEquals(latin1(say!), command("PONG", context));
    assertEquals([asks, heard], [false, []]);
  }
  const pings = command("PING", "\0\0a") + command("PING", "\0\0b");
  const { said } = talk(dialogueOf(zmtp), [bytesOf(rep), bytesOf(pings)]);
  assert(latin1(said).endsWith(context + command("PONG", "b")));
  const whole = talk(dialogueOf(zmtp), [bytesOf(rep + pings)]);
  assertEquals(latin1(whole.said), latin1(said));
});

Deno.test("zmtp tells how it ended, or that it did not", () => {
  const during = garbled("ended the connection during the handshake");
  const later: Heard = { type: "unable", note: "ended the connection" };
  const rows: [said: string, ended: Heard, timedOut: string][] = [
    ["", during, "did not answer in time"],
    [greeting().slice(0, 30), during, "did not answer in time"],
    [greeting(), during, "sent no READY in time"],
    [rep, later, "sent no PONG in time"],
    [rep + pong, later, "sent no PONG in time"],
  ];
  for (const [said, ended, note] of rows) {
    const found = outcome(dialogueOf(zmtp), [bytesOf(said)]);
    assertEquals(found.ended, ended);
    assertEquals(found.timedOut, { type: "unable", note });
  }
});

Deno.test("zmtp asks again where it has joined, each time with another context", () => {
  const dialogue = dialogueOf(zmtp);
  for (
    const said of [
      "",
      greeting(),
      rep,
      greeting("PLAIN"),
      greeting() + ready("PUSH"),
      `${rep}${pong}\x07\0`,
    ]
  ) {
    const { state } = talk(dialogue, [bytesOf(said)]);
    assertEquals(dialogue.ping(state, chance), null);
  }
  let { state } = talk(dialogue, [bytesOf(rep + pong)]);
  assertEquals(dialogue.farewell(state), null);
  for (let n = 1; n <= 3; n++) {
    const nonce = chance.nonce.map((byte) => byte + n);
    const asked = latin1(nonce.subarray(0, 8));
    const ping = dialogue.ping(state, { nonce, wallTime: 0 })!;
    assertEquals(latin1(ping.say!), command("PING", `\0\0${asked}`));
    assertEquals([ping.asks, ping.heard], [true, []]);
    const late = dialogue.receive(ping.state, bytesOf(pong));
    assertEquals(late.heard, []);
    const answer = dialogue.receive(
      late.state,
      bytesOf(command("PONG", asked)),
    );
    assertEquals(answer.heard, [aRep]);
    state = answer.state;
  }
});

Deno.test("zmtp skips messages of any length, and keeps none of them", () => {
  const dialogue = dialogueOf(zmtp);
  const chunk = new Uint8Array(16 * 1024);
  for (const flags of ["\x02", "\x06"]) {
    const start = `${rep}${flags}\0\0\0\0\x40\0\0\0`;
    let { state } = talk(dialogue, [bytesOf(start)]);
    for (let n = 0; n < 2 ** 16; n++) {
      state = dialogue.receive(state, chunk).state;
    }
    assert(JSON.stringify(state).length < 1_000);
    assertEquals(dialogue.receive(state, bytesOf(pong)).heard, [aRep]);
  }
});

Deno.test("zmtp never throws, and is never alive without the proof that it names", () => {
  const pongs = [context, ""].flatMap((it) => [
    command("PONG", it),
    command("PONG", it, 6),
  ]);
  const heardOf = (variant: Uint8Array) =>
    outcome(dialogueOf(zmtp), [variant]).heard
      .flatMap((heard) => heard.type === "alive" ? heard.note! : []);
  for (const [what, said] of rows) {
    for (const variant of mutations(bytesOf(said.slice(0, 1_000)), 1_000)) {
      const text = latin1(variant);
      for (const note of heardOf(variant)) {
        const isProven = note.endsWith("its greeting is the proof")
          ? /^\xff.{8}\x7f..(?!NULL\0)[A-Z\d._+-]+\0*/s.test(text) &&
            text[10]! >= "\x03"
          : note.endsWith("its READY is the proof")
          ? text.slice(64).includes("\x05READY")
          : text.slice(64).includes("\x05READY") &&
            pongs.some((pong) => text.slice(66).includes(pong));
        assert(isProven, `${what}: ${note}: ${toHex(variant)}`);
      }
    }
  }
});
