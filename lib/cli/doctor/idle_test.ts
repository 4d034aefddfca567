import { assertEquals } from "@std/assert";
import type { Setup } from "../../protocol/protocol.ts";
import { ws, wss } from "../../protocol/ws.ts";
import { zmtp } from "../../protocol/zmtp.ts";
import {
  createFakeStreams,
  type FakeConnection,
  type FakeServing,
} from "../../testing/fake_streams.ts";
import { toEnd } from "../../testing/fake_world.ts";
import { createVirtualClock } from "../../testing/virtual_clock.ts";
import {
  closeFrame,
  hanging,
  refusing,
  webSocket,
  zeroMq,
} from "../test_peers.ts";
import { type Idleness, measureIdleLimit } from "./idle.ts";
import { idleStep } from "./idle_step.ts";

const to = { host: "192.0.2.1", port: 80 };
const setup: Setup = { identity: "", ...to, path: "/", values: {}, files: {} };
const reset = { code: "ECONNRESET", message: "the connection was reset" };
const away = { code: "EHOSTUNREACH", message: "there is no such host" };

const ping = Uint8Array.of(0x89, 0);
const text = Uint8Array.of(0x81, 1, 0x61);

/** A server that answers the first ping at once and then follows a script; and later pings, if it does that. */
function server(
  script: (connection: FakeConnection) => void,
  answersAgain = true,
): FakeServing {
  let pings = 0;
  return webSocket((frame, connection) => {
    if (pings++ > 0) return answersAgain ? frame : null;
    connection.say(frame);
    script(connection);
    return null;
  });
}

/** Says this at these times after the proof of life, in ms. */
const saying = (bytes: Uint8Array, ...times: readonly number[]) =>
  server((connection) => times.forEach((at) => connection.say(bytes, at)));

async function measure(serving: FakeServing, protocol = ws) {
  const clock = createVirtualClock();
  const streams = createFakeStreams({ clock, serve: () => serving });
  const order = { to, from: null, timeout: 3_000 };
  const world = { clock, random: () => 0.5, streams };
  const measuring = measureIdleLimit(protocol.open(setup), order, world);
  const idleness = await toEnd(clock, measuring);
  assertEquals([streams.openCount, clock.pending], [0, 0]);
  return { idleness, connection: streams.connections[0]! };
}

const rows: Readonly<
  Record<
    string,
    [serving: FakeServing, end: Idleness["end"], sign: string, says: string]
  >
> = {
  "a bare end": [
    server((connection) => connection.end(3_000)),
    "ended",
    "✗",
    "ended after 3 s without a word: an interval of 2s keeps it; the session's is 30s → interval = 2s",
  ],
  "a limit that is a little longer than the interval": [
    server((connection) => connection.end(40_000)),
    "ended",
    "✓",
    "ended after 40 s without a word: an interval of 26s keeps it; the session's is 30s → interval = 26s",
  ],
  "a limit that is as long as the interval": [
    server((connection) => connection.end(29_999)),
    "ended",
    "✗",
    "ended after 30 s without a word: an interval of 20s keeps it; the session's is 30s → interval = 20s",
  ],
  "a limit that is long enough": [
    server((connection) => connection.end(60_001)),
    "ended",
    "✓",
    "ended after 60 s without a word: an interval of 40s keeps it",
  ],
  "a limit below a second": [
    server((connection) => connection.end(997)),
    "ended",
    "✗",
    "ended after 1 s without a word: an interval of 600ms keeps it; the session's is 30s → interval = 600ms",
  ],
  "a close frame": [
    server((connection) => connection.say(closeFrame(1001, "idle"), 45_000)),
    "ended",
    "✓",
    "192.0.2.1:80 closed with 1001 (idle), after 45 s without a word: an interval of 30s keeps it",
  ],
  "a reset": [
    server((connection) => connection.fail(reset, 5_000)),
    "ended",
    "✗",
    "192.0.2.1:80 reset the connection, after 5 s without a word: an interval of 3s keeps it; the session's is 30s → interval = 3s",
  ],
  "an end after one ping of the server's": [
    server((connection) => {
      connection.say(ping, 1_000);
      connection.end(31_000);
    }),
    "ended",
    "✗",
    "ended after 30 s without a word: an interval of 20s keeps it; the session's is 30s → interval = 20s",
  ],
  "an end that is none of an idle connection": [
    server((connection) => {
      connection.say(ping, 20_000);
      connection.end(25_000);
    }),
    "ended",
    "–",
    "ended 5 s after its last word: that is no idle limit → It ends connections for another reason, such as their age: its log may tell",
  ],
  "an end at once": [
    server((connection) => connection.end()),
    "ended",
    "–",
    "ended 0 s after its last word: that is no idle limit → It ends connections for another reason, such as their age: its log may tell",
  ],
  "no end": [
    server(() => {}),
    "up",
    "✓",
    "still up after 120 s without a word",
  ],
  "pings": [
    saying(ping, 5_000, 25_000, 45_000, 65_000, 85_000, 105_000),
    "up",
    "–",
    "the server pings every 20 s: that keeps the connection up, so its limit can't be measured",
  ],
  "one ping": [
    saying(ping, 90_000),
    "up",
    "–",
    "the server pings, once after 90 s: that keeps the connection up, so its limit can't be measured",
  ],
  "messages": [
    saying(text, 40_000, 80_000),
    "up",
    "–",
    "the server speaks unasked every 40 s: that keeps the connection up, so its limit can't be measured",
  ],
  "a greeting": [
    saying(text, 100),
    "up",
    "✓",
    "still up after 119.9 s without a word",
  ],
  "a connection that nobody knows any more": [
    server(() => {}, false),
    "forgotten",
    "–",
    "no answer after 120 s without a word → A router or a firewall on the way forgets idle connections, and tells nobody. Many keep them for minutes: `interval = 30s` is short enough for most",
  ],
  "a ping that is reset": [
    webSocket((() => {
      let pings = 0;
      return (frame, connection) => {
        if (pings++ === 0) return frame;
        connection.fail(reset, 1);
        return null;
      };
    })()),
    "forgotten",
    "–",
    "no answer after 120 s without a word → A router or a firewall on the way forgets idle connections, and tells nobody. Many keep them for minutes: `interval = 30s` is short enough for most",
  ],
  "a close frame at the last moment": [
    server((connection) => connection.say(closeFrame(1000), 120_001), false),
    "ended",
    "✓",
    "192.0.2.1:80 closed with 1000, after 120 s without a word: an interval of 80s keeps it",
  ],
  "a network that goes away": [
    server((connection) => connection.fail(away, 7_000)),
    "failed",
    "–",
    "there is no such host: the limit could not be measured",
  ],
  "nonsense": [
    saying(Uint8Array.of(0xff, 0xff), 1_000),
    "failed",
    "–",
    "192.0.2.1:80 sent a frame with reserved bits: the limit could not be measured",
  ],
  "no pong": [
    webSocket(() => null),
    "failed",
    "–",
    "192.0.2.1:80 sent no pong in time: the limit could not be measured",
  ],
  "no connection": [
    hanging,
    "failed",
    "–",
    "192.0.2.1:80 did not open the connection in time: the limit could not be measured",
  ],
  "a refused connection": [
    refusing,
    "failed",
    "–",
    "the connection was refused: the limit could not be measured",
  ],
  "an end before the handshake": [
    { onWrite: (_bytes, connection) => connection.end() },
    "failed",
    "–",
    "192.0.2.1:80 ended the connection before it answered: the limit could not be measured",
  ],
};

for (const [what, [serving, end, sign, says]] of Object.entries(rows)) {
  Deno.test(`measureIdleLimit() tells ${what}`, async () => {
    const { idleness } = await measure(serving);
    const session = { protocol: ws, values: {}, interval: 30_000 };
    const { ok, text, advice } = idleStep(idleness, session);
    assertEquals(
      [
        idleness.end,
        ok === null ? "–" : ok ? "✓" : "✗",
        advice === null ? text : `${text} → ${advice}`,
      ],
      [end, sign, says],
    );
  });
}

Deno.test("measureIdleLimit() measures no ZeroMQ socket that it does not join", async () => {
  const rows: [type: string, end: Idleness["end"], note: string | null][] = [
    ["REP", "up", null],
    ["SUB", "up", null],
    ["REQ", "failed", "192.0.2.1:80 can't be asked again"],
  ];
  for (const [type, end, note] of rows) {
    const { idleness } = await measure(zeroMq(type), zmtp);
    assertEquals([idleness.end, idleness.note], [end, note]);
  }
});

Deno.test("measureIdleLimit() says nothing but answers, until the end", async () => {
  const frames = async (serving: FakeServing) => {
    const kinds: number[] = [];
    const { onWrite, ...other } = serving;
    const spying: FakeServing = {
      ...other,
      onWrite(bytes, connection) {
        if (bytes[0]! >= 0x80) kinds.push(bytes[0]! & 15);
        onWrite?.(bytes, connection);
      },
    };
    await measure(spying);
    return kinds;
  };
  // Pings are 9, pongs 10, and a close frame is 8.
  assertEquals(await frames(saying(ping, 50_000, 100_000)), [9, 10, 10, 9, 8]);
  const ending = server((connection) => connection.end(3_000));
  assertEquals(await frames(ending), [9]);
});

Deno.test("idleStep() compares with the interval only where a connection is held", async () => {
  const { idleness } = await measure(server(() => {}));
  const ended = { ...idleness, end: "ended", idle: 3_000 } as const;
  const says = (idleness: Idleness | undefined, hold: boolean | null) => {
    const values = { hold };
    const session = { protocol: wss, values, interval: 300_000 };
    const { ok, text } = idleStep(idleness, session);
    return [ok, text];
  };
  assertEquals(says(idleness, null), [
    null,
    "still up after 120 s without a word, but the interval is 5m",
  ]);
  assertEquals(says(idleness, false), [
    true,
    "still up after 120 s without a word",
  ]);
  assertEquals(says(ended, false), [
    true,
    "ended after 3 s without a word: an interval of 2s keeps it, but none is held",
  ]);
  assertEquals(says(undefined, null), [
    null,
    "no connection to measure with",
  ]);
});
