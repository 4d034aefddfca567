import { assertEquals } from "@std/assert";
import type { Dialogue } from "../../protocol/protocol.ts";
import {
  createFakeStreams,
  type FakeConnection,
  type FakeServing,
} from "../../testing/fake_streams.ts";
import { createVirtualClock } from "../../testing/virtual_clock.ts";
import type { Endpoint, Fault, Routing } from "../../world.ts";
import type { ProbeEvent, StreamOrder } from "../probe.ts";
import { streamBudget } from "./talk.ts";
import { createStreamProbe } from "./stream_probe.ts";
import { anyRoom, encode, lineDialogue, text } from "./test_dialogue.ts";

const a: Endpoint = { host: "192.0.2.1", port: 80 };
const b: Endpoint = { host: "2001:db8::1", port: 80 };
const c: Endpoint = { host: "192.0.2.2", port: 80 };
const at1 = (at: string): Endpoint => ({ host: `2001:db8::${at}`, port: 80 });

const plan: StreamOrder = {
  heartbeat: lineDialogue as Dialogue,
  targets: [a],
  replyFrom: [],
  doubtful: null,
  lastAnswered: null,
  bind: null,
  silentCycles: 0,
  timeout: 3_000,
  tries: 2,
  confirm: 2,
  deadAfter: 5_000,
  mayConfirm: true,
  hearsLateDeaths: false,
  lateDeath: null,
  smoothedRtt: null,
  deadOn: ["refused", "no"],
  hold: false,
};

const fault = (code: string): Fault => ({
  code,
  message: `what ${code} means`,
});

/** A server that answers each question so, after so many ms; `null` for not at all. */
function says(words: string | null, after = 10): FakeServing {
  return {
    onWrite(bytes, connection) {
      if (text(bytes) === "?" && words !== null) {
        connection.say(encode(`${words}\n`), after);
      }
    },
  };
}

const refuses: FakeServing = { fault: fault("ECONNREFUSED") };
const hangs: FakeServing = { connect: null };

/** What the kernel says of lines: one, several, or nothing at all. */
type Lines = "one" | "several" | "several by IPv4" | "unknown";

/** A probe in virtual time, whose connections are served by their host, or in this order; the last one goes on for ever. */
function setUp(
  servings: readonly FakeServing[] | Record<string, FakeServing>,
  lines: Lines = "one",
) {
  const clock = createVirtualClock(0);
  const streams = createFakeStreams({
    clock,
    serve: ({ to: { host } }, id) =>
      Array.isArray(servings)
        ? servings[Math.min(id, servings.length - 1)]
        : (servings as Record<string, FakeServing>)[host]!,
  });
  const route = (metric: number, device: string) => ({
    table: "main",
    bits: 0,
    metric,
    devices: [device],
    via: null,
  });
  const rule = { from: null, to: null, mark: null, isInverted: false };
  const routingOf = (to: string): Routing => ({
    rules: [{ ...rule, preference: 1, table: "main", suppress: null }],
    routes: lines === "several" ||
        lines === "several by IPv4" && !to.includes(":")
      ? [{ ...route(0, "eth0"), devices: ["eth0", "eth1"] }]
      : [route(0, "eth0")],
  });
  const told: string[] = [];
  const events: ProbeEvent[] = [];
  const probe = createStreamProbe(
    {
      clock,
      streams,
      random: () => 0.5,
      interfaces: { addresses: () => [] },
      routes: {
        lookUp: () => {},
        sources: () => {},
        onAbsence: () => {},
        routing(to, callback) {
          if (lines === "unknown") return;
          clock.setTimer(clock.now() + 1, () => callback(routingOf(to)));
        },
      },
    },
    anyRoom,
    (event) => {
      events.push(event);
      told.push(`${clock.now()} ${describe(event)}`);
    },
  );
  return { clock, streams, probe, told, events };
}

function describe(event: ProbeEvent): string {
  switch (event.type) {
    case "ended": {
      const { verdict, tries, deadReplies, reasons, fault, stream } =
        event.end.result;
      const words: string[] = [verdict, `${tries} sent`];
      if (deadReplies > 0) words.push(`${deadReplies} dead`);
      words.push(...Object.keys(reasons));
      if (fault !== null) words.push(fault.code);
      if (stream?.note) words.push(`(${stream.note})`);
      if (stream?.isHeld) words.push("held");
      if (stream?.reconnect) words.push(`reconnect: ${stream.reconnect}`);
      return words.join(" ");
    }
    case "late":
      return `late ${event.late.reply}${event.late.isLast ? "" : " of old"}`;
    case "lost":
      return `lost: ${event.reason}`;
    case "confirming":
      return "confirming";
  }
}

Deno.test("a cycle with connections comes to its verdict", () => {
  const rows: [
    what: string,
    servings: readonly FakeServing[] | Record<string, FakeServing>,
    told: readonly string[],
    change?: Partial<StreamOrder>,
    lines?: Lines,
  ][] = [
    ["alive at once", [says("alive")], ["11 alive 1 sent"]],
    ["alive at the second try", [says(null), says("alive")], [
      "3011 alive 2 sent",
    ]],
    ["a late answer within the cycle", [says("alive", 4_000), says(null)], [
      "4001 alive 2 sent",
    ]],
    ["nothing answers", [says(null)], [
      "6000 silent 2 sent (did not answer in time)",
    ]],
    ["nothing accepts", [hangs], [
      "6000 silent 2 sent (did not accept the connection in time)",
    ]],
    [
      "half a line is garbled",
      [says("ali")].map((serving) => ({
        ...serving,
        onOpen: (connection) => connection.say(encode("ali")),
        onWrite: () => {},
      })),
      ["6000 garbled 2 sent protocol (says half a line)"],
    ],
    ["babble", [says("what?")], [
      "1022 garbled 2 sent protocol (babbles)",
    ]],
    ["busy, tried again a second later", [says("busy"), says("alive")], [
      "1022 alive 2 sent",
    ]],
    ["a reset", [{ onOpen: (it) => it.fail(fault("ECONNRESET"), 1) }], [
      "1004 silent 2 sent ECONNRESET (reset the connection)",
    ]],
    ["an end", [{ onOpen: (it) => it.end(1) }], [
      "1004 silent 2 sent (ended the connection)",
    ]],
    ["a host that can't be reached", [{ fault: fault("EHOSTUNREACH") }], [
      "1002 silent 2 sent EHOSTUNREACH (what EHOSTUNREACH means)",
    ]],
    ["no route", [{ fault: fault("ENETUNREACH") }], [
      "1002 unsendable 0 sent ENETUNREACH",
    ]],
    ["one try leaves", [{ fault: fault("EMFILE") }, says(null)], [
      "4001 silent 1 sent EMFILE (did not answer in time)",
    ]],
    ["a wrong certificate", [{ fault: fault("ECERTIFICATE"), phase: "tls" }], [
      "1002 garbled 2 sent certificate ECERTIFICATE (what ECERTIFICATE means)",
    ]],
    ["dead", [says("dead")], [
      "11 confirming",
      "5022 dead 2 sent 2 dead (says no)",
    ]],
    ["refused", [refuses], [
      "1 confirming",
      "5002 dead 2 sent 2 dead (refused the connection)",
    ]],
    ["refused while it restarts", [refuses, says("alive")], [
      "1 confirming",
      "5012 alive 2 sent 1 dead",
    ]],
    ["refused, but that is no death sign", [refuses], [
      "1002 silent 2 sent (refused the connection)",
    ], { deadOn: ["no"] }],
    ["a death that may not be confirmed now", [says("dead")], [
      "1022 silent 2 sent 2 dead (says no)",
    ], { mayConfirm: false }],
    ["three deaths", [says("dead")], [
      "11 confirming",
      "5022 dead 3 sent 3 dead (says no)",
    ], { confirm: 3 }],
    ["one death is not enough while time has to pass", [says("dead")], [
      "11 confirming",
      "5022 dead 2 sent 2 dead (says no)",
    ], { confirm: 1 }],
    ["one death is enough", [says("dead")], [
      "11 confirming",
      "12 dead 1 sent 1 dead (says no)",
    ], { confirm: 1, deadAfter: 0 }],
    ["a death that is said only once", [says("dead"), says(null)], [
      "11 confirming",
      "14011 silent 4 sent 1 dead (did not answer in time)",
    ]],
    [
      "dead by another line, maybe",
      [says("dead")],
      [
        "11 confirming",
        "12 silent 1 sent 1 dead EUPLINKS (says no)",
      ],
      {},
      "several",
    ],
    [
      "one address is dead by its only line, the other one by another line, maybe",
      [refuses],
      [
        "1 confirming",
        "1003 silent 2 sent 2 dead EUPLINKS (refused the connection)",
      ],
      { targets: [b, a] },
      "several by IPv4",
    ],
    [
      "nobody knows the line",
      [says("dead")],
      [
        "11 confirming",
        "10022 silent 2 sent 2 dead EUPLINKS (says no)",
      ],
      {},
      "unknown",
    ],
    ["a former address says it", [says("dead")], [
      "1022 silent 2 sent moved (says no)",
    ], { doubtful: a.host }],
    [
      "one address says it, the other says nothing",
      { [b.host]: refuses, [a.host]: hangs },
      [
        "1 confirming",
        "9002 silent 4 sent 2 dead (did not accept the connection in time)",
      ],
      { targets: [b, a] },
    ],
    [
      "the one that has answered before says it",
      { [b.host]: refuses, [a.host]: hangs },
      ["1 confirming", "5002 dead 3 sent 2 dead (refused the connection)"],
      { targets: [b, a], lastAnswered: b.host },
    ],
    ["both say it, each for itself", [refuses], [
      "1 confirming",
      "6003 dead 4 sent 4 dead (refused the connection)",
    ], { targets: [b, a] }],
    ["all of many say it", [refuses], [
      "1 confirming",
      "7004 dead 6 sent 6 dead (refused the connection)",
    ], { targets: [b, a, c] }],
    ["too many to say it in time", [refuses], [
      "1 confirming",
      "13014 silent 14 sent 14 dead (refused the connection)",
    ], { targets: Array.from("0123456789abcdef", (at) => at1(at)) }],
    [
      "one refuses always, the other one while it restarts",
      [refuses, refuses, refuses, says("alive")],
      ["1 confirming", "6013 alive 4 sent 3 dead"],
      { targets: [b, a] },
    ],
    [
      "the one that has answered restarts, the other one refuses always",
      [refuses, refuses, says("alive")],
      ["1 confirming", "5012 alive 3 sent 2 dead"],
      { targets: [b, a], lastAnswered: b.host },
    ],
  ];
  for (const [what, servings, wanted, change, lines] of rows) {
    const { clock, streams, probe, told } = setUp(servings, lines);
    const order = { ...plan, ...change };
    probe.begin(order);
    clock.runUntil(60_000);
    assertEquals(told, wanted, what);
    assertEquals([streams.openCount, clock.pending], [0, 0], what);
    const [last] = told.slice(-1);
    const end = Number(last!.split(" ")[0]);
    assertEquals(end <= streamBudget(order), true, what);
  }
});

/** What a server does at its nth question, from 0, on a connection. */
type Script = (n: number, connection: FakeConnection) => void;

const answer: Script = (_, connection) => connection.say(encode("alive\n"), 10);
const later = (after: number): Script => (_, connection) =>
  connection.say(encode("alive\n"), after);
const nothing: Script = () => {};

/** A server whose nth question on this connection is answered by the nth script, and by the last one for ever. */
function scripted(...scripts: Script[]): FakeServing {
  let n = 0;
  return {
    onWrite(bytes, connection) {
      if (text(bytes) !== "?") return;
      scripts[Math.min(n, scripts.length - 1)]!(n++, connection);
    },
  };
}

Deno.test("a cycle tells which addresses have spoken, and quotes those that count", () => {
  const rows: [what: string, own: FakeServing, heard: boolean, note: string][] =
    [
      ["it has trouble", says("busy"), true, "is busy"],
      ["it babbles", says("what?"), true, "babbles"],
      ["it says nothing", says(null), false, "did not answer in time"],
      [
        "it accepts nobody",
        hangs,
        false,
        "did not accept the connection in time",
      ],
    ];
  for (const [what, own, isHeard, note] of rows) {
    const servings = { [b.host]: own, [a.host]: refuses };
    const { clock, probe, events } = setUp(servings);
    probe.begin({ ...plan, targets: [b, a], doubtful: a.host });
    clock.runUntil(60_000);
    const ends = events.flatMap((it) => it.type === "ended" ? [it.end] : []);
    assertEquals(
      ends.map(({ heard, result: { address, stream } }) => [
        heard,
        address?.host,
        stream?.note,
      ]),
      [[isHeard ? [b.host] : [], b.host, note]],
      what,
    );
  }
});

Deno.test("a held connection is asked again, and replaced when it is lost", () => {
  const minute = 60_000;
  const rows: [
    what: string,
    servings: readonly FakeServing[],
    slots: readonly number[],
    told: readonly string[],
    connections: number,
    change?: Partial<StreamOrder>,
  ][] = [
    ["kept", [scripted(answer)], [0, minute, 2 * minute], [
      "11 alive 1 sent",
      "60010 alive 1 sent held",
      "120010 alive 1 sent held",
    ], 1],
    [
      "half open, then late",
      [
        scripted(answer, later(8_000), answer),
        says(null),
      ],
      [0, minute, 2 * minute],
      [
        "11 alive 1 sent",
        "68000 alive 3 sent held",
        "120010 alive 1 sent held",
      ],
      3,
      { tries: 2, timeout: 3_000 },
    ],
    [
      "half open, replaced in the same cycle",
      [
        scripted(answer, nothing),
        says("alive"),
      ],
      [0, minute, 2 * minute],
      [
        "11 alive 1 sent",
        "63011 alive 2 sent reconnect: did not answer in time",
        "120010 alive 1 sent held",
      ],
      2,
    ],
    [
      "replaced even where a cycle has one try",
      [
        scripted(answer, nothing),
        says("alive"),
      ],
      [0, minute],
      [
        "11 alive 1 sent",
        "63011 alive 2 sent reconnect: did not answer in time",
      ],
      2,
      { tries: 1 },
    ],
    [
      "ended between cycles",
      [
        scripted((_, it) => {
          it.say(encode("alive\n"), 10);
          it.end(5_000);
        }),
        says("alive"),
      ],
      [0, minute],
      [
        "11 alive 1 sent",
        "5001 lost: ended the connection",
        "60011 alive 1 sent reconnect: ended the connection",
      ],
      2,
    ],
    [
      "a no on the held connection is no death sign",
      [
        scripted(answer, (_, it) => it.say(encode("dead\n"), 10)),
        says("alive"),
      ],
      [0, minute],
      [
        "11 alive 1 sent",
        "60021 alive 2 sent reconnect: says no",
      ],
      2,
    ],
    ["gone while it was held", [
      scripted(answer, (_, it) => it.end(1)),
      refuses,
    ], [
      0,
      minute,
    ], [
      "11 alive 1 sent",
      "60002 confirming",
      "65003 dead 3 sent 2 dead (refused the connection)",
    ], 3],
    [
      "an answer after the cycle",
      [
        scripted(answer, later(8_000)),
        hangs,
        hangs,
      ],
      [0, minute],
      [
        "11 alive 1 sent",
        "66000 silent 2 sent (did not accept the connection in time)",
        "68000 late alive",
      ],
      2,
      { tries: 1 },
    ],
    [
      "an answer that comes too late",
      [
        scripted(answer, later(20_000)),
        hangs,
      ],
      [0, minute],
      [
        "11 alive 1 sent",
        "66000 silent 2 sent (did not accept the connection in time)",
      ],
      2,
      { tries: 1 },
    ],
  ];
  for (const [what, servings, slots, wanted, connections, change] of rows) {
    const { clock, streams, probe, told } = setUp(servings);
    const order = { ...plan, hold: true, ...change };
    for (const slot of slots) {
      clock.setTimer(slot, () => probe.begin(order));
    }
    clock.runUntil(slots.at(-1)! + 50_000);
    assertEquals(told, wanted, what);
    assertEquals(streams.connections.length, connections, what);
    const isHeld = wanted.at(-1)!.includes("alive");
    assertEquals(streams.openCount, isHeld ? 1 : 0, what);
    probe.close();
    assertEquals([streams.openCount, clock.pending], [0, 0], what);
  }
});

Deno.test("close() says good-bye on connections that are open", () => {
  const { clock, streams, probe } = setUp([says("alive"), hangs]);
  probe.begin({ ...plan, hold: true });
  clock.runUntil(1_000);
  probe.close();
  assertEquals(text(streams.connections[0]!.written), "?bye\n");
  assertEquals(streams.openCount, 0);
  const other = setUp([hangs]);
  other.probe.begin(plan);
  other.clock.runUntil(1_000);
  other.probe.close();
  assertEquals(other.streams.openCount, 0);
});

Deno.test("other settings, or another way to ask, let a held connection go", () => {
  const { clock, streams, probe } = setUp([says("alive")]);
  probe.begin({ ...plan, hold: true });
  clock.runUntil(1_000);
  const other = { ...lineDialogue } as Dialogue;
  probe.begin({ ...plan, hold: true, heartbeat: other });
  clock.runUntil(2_000);
  assertEquals(streams.connections.map(({ isOpen }) => isOpen), [false, true]);
  assertEquals(text(streams.connections[0]!.written), "?bye\n");
  probe.begin({ ...plan, heartbeat: other });
  clock.runUntil(3_000);
  assertEquals([streams.openCount, streams.connections.length], [0, 3]);
});
