import { assert, assertEquals } from "@std/assert";
import { latin1 } from "./octets.ts";
import type { Heard } from "./protocol.ts";
import { tcp, tls } from "./tcp.ts";
import {
  assertUncut,
  bytesOf,
  chance,
  dialogueOf,
  mutations,
  outcome,
} from "./test_dialogue.ts";

const alive: Heard = { type: "alive" };
const silent: Heard = { type: "unable", note: "did not answer in time" };

function garbled(note: string, flaw = "protocol"): Heard {
  return { type: "flaw", flaw, note };
}

function expecting(expect: string) {
  return dialogueOf(tcp, { values: { send: null, expect } });
}

const greeting = "hello, this is the lab\r\n";

/** What is expected, what comes, and what that means: at once, and at the end and at a time-out if that is nothing. */
const rows: [
  expect: string,
  said: string,
  heard: Heard[],
  ended?: Heard,
  timedOut?: Heard,
][] = [
  ["hello", greeting, [alive]],
  ["the lab\\r\\n", greeting, [alive]],
  ["/^hello,.*lab/", greeting, [alive]],
  [
    "SSH-",
    greeting,
    [],
    garbled(
      'ended the connection after "hello, this is the lab", not what was expected',
    ),
    garbled('said "hello, this is the lab", not what was expected'),
  ],
  [
    "/^SSH-/",
    greeting,
    [],
    garbled(
      'ended the connection after "hello, this is the lab", not what was expected',
    ),
    garbled('said "hello, this is the lab", not what was expected'),
  ],
  [
    "hello",
    "",
    [],
    garbled("ended the connection without a word"),
    silent,
  ],
  ["PONG", "PONG\r\n", [alive]],
  [
    "PONG",
    "PO\x1b\x00\xff",
    [],
    garbled(
      'ended the connection after "PO\\u001b\\u0000\ufffd", not what was expected',
    ),
    garbled('said "PO\\u001b\\u0000\ufffd", not what was expected'),
  ],
  ["\\xff\\x00", "a\xff\0b", [alive]],
];

Deno.test("tcp is alive once a connection is accepted, if nothing is expected", () => {
  const rows: [values: Record<string, unknown>, say: string | null][] = [
    [{}, null],
    [{ send: null, expect: null }, null],
    [{ send: "PING\\r\\n", expect: null }, "PING\r\n"],
  ];
  for (const [values, say] of rows) {
    const dialogue = dialogueOf(tcp, { values });
    const turn = dialogue.open(chance);
    assertEquals([turn.heard, turn.asks], [[alive], false]);
    assertEquals(turn.say, say === null ? null : bytesOf(say));
    const more = dialogue.receive(turn.state, bytesOf(greeting));
    assertEquals([more.heard, more.say], [[], null]);
    assertEquals(dialogue.ended(more.state).type, "unable");
    assertEquals(dialogue.ping(more.state, chance), null);
    assertEquals(dialogue.farewell(more.state), null);
  }
});

Deno.test("tcp says what is to be sent, and asks by that", () => {
  const dialogue = dialogueOf(tcp, {
    values: { send: "PING\\r\\n", expect: "PONG" },
  });
  const { say, asks, heard } = dialogue.open(chance);
  assertEquals([say, asks, heard], [bytesOf("PING\r\n"), true, []]);
  assertEquals(expecting("PONG").open(chance).say, null);
});

Deno.test("tcp waits for what is expected, however it is cut", () => {
  for (const [expect, said, heard, ended, timedOut] of rows) {
    const dialogue = expecting(expect);
    const found = outcome(dialogue, [bytesOf(said)]);
    assertEquals(found.heard, heard, expect);
    if (ended !== undefined) assertEquals(found.ended, ended);
    if (timedOut !== undefined) assertEquals(found.timedOut, timedOut);
    assertUncut(dialogue, bytesOf(said));
  }
});

for (
  const [expected, longest] of [["hello", 64 * 1024], [
    "/hello/",
    4 * 1024,
  ]] as const
) {
  Deno.test(`tcp hears ${longest} bytes for ${expected}, and no more`, () => {
    const x = (count: number) => "x".repeat(count);
    const note = `said "${x(60)}" and more, not what was expected`;
    const rows: [what: string, said: string, heard: Heard[]][] = [
      ["within", `${x(longest - 5)}hello`, [alive]],
      ["within, and more", `${x(longest - 5)}hello${x(longest)}`, [alive]],
      ["across", `${x(longest - 4)}hello`, [garbled(note, "length")]],
      ["just as much", x(longest), []],
      ["a byte more", x(longest + 1), [garbled(note, "length")]],
      ["far more", x(10 * longest), [garbled(note, "length")]],
    ];
    for (const [what, said, heard] of rows) {
      const bytes = bytesOf(said);
      assertEquals(outcome(expecting(expected), [bytes]).heard, heard, what);
      const pieces = Array.from(
        { length: Math.ceil(bytes.length / 1000) },
        (_, n) => bytes.subarray(1000 * n, 1000 * (n + 1)),
      );
      assertEquals(outcome(expecting(expected), pieces).heard, heard, what);
    }
  });
}

Deno.test("tcp is never alive by bytes without what is expected", () => {
  for (const said of ["SSH-2.0-OpenSSH_9.2p1 Debian\r\n", greeting, ""]) {
    for (const bytes of mutations(bytesOf(said), 2_000)) {
      const { heard } = outcome(expecting("SSH-2.0"), [bytes]);
      const isThere = latin1(bytes).includes("SSH-2.0");
      assertEquals(heard, isThere ? [alive] : []);
    }
  }
});

Deno.test("tls says whom it has to be secured by", () => {
  assertEquals(dialogueOf(tcp).tls, null);
  assertEquals(
    dialogueOf(tls, {
      values: { tlsName: "other.example" },
      files: { caFile: ["PEM"] },
    }).tls,
    { name: "other.example", authorities: ["PEM"] },
  );
  assertEquals(
    dialogueOf(tls, { host: "2001:db8::1" }).tls?.name,
    "2001:db8::1",
  );
  assert(tls.flaws.some(({ name }) => name === "certificate"));
});
