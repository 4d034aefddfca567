import { assert, assertEquals } from "@std/assert";
import { latin1, latin1Bytes } from "../protocol/octets.ts";
import { createFakeListeners } from "../testing/fake_listeners.ts";
import { createFakeStreams } from "../testing/fake_streams.ts";
import { createVirtualClock } from "../testing/virtual_clock.ts";
import { isFault } from "../world.ts";
import { noFaults, type StreamFaults } from "./faults.ts";
import { immortal } from "./lifetime.ts";
import { place } from "./place.ts";
import {
  openStreamGateway,
  type StreamGatewayOptions,
} from "./stream_gateway.ts";

const faultless: StreamFaults = { ...noFaults, garble: null };

type Change = Partial<Omit<StreamGatewayOptions, "faults" | "listen">> & {
  readonly faults?: Partial<StreamFaults>;
};

const ask = "GET /cgi-bin/rad_user_info HTTP/1.1\r\n\r\n";
const enter =
  "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
/** With a mask of zeros. */
const ping = "\x89\x81\0\0\0\0x";
const pong = "\x8a\x01x";
const closing = "\x88\x0c\x03\xf0logged out";

/** Opens a peer, and clients that tell in lines what they hear. */
async function setUp(listen: string, { faults, ...change }: Change = {}) {
  const clock = createVirtualClock();
  const listeners = createFakeListeners(clock);
  const streams = createFakeStreams({ clock, serve: listeners.serve });
  const actions: string[] = [];
  const heard: string[] = [];
  const gateway = await openStreamGateway({
    listen: place(listen),
    ...immortal,
    faults: { ...faultless, ...faults },
    idleLimit: 60_000,
    random: () => 0.5,
    onEvent: ({ host }, action) => actions.push(`${host} ${action}`),
    ...change,
  }, { clock, listeners });
  assert(!isFault(gateway));
  return {
    clock,
    gateway,
    streams,
    actions,
    heard,
    /** Connects, and says something to it after 10 ms. */
    visit(...texts: readonly string[]) {
      const id = streams.connections.length;
      const tell = (what: string) => heard.push(`${clock.now()} ${id} ${what}`);
      const stream = streams.open({
        to: gateway.address,
        from: null,
        tls: null,
        onConnected() {},
        onOpen() {},
        onBytes: (bytes) => tell(nameOf(latin1(bytes))),
        onEnd: () => tell("end"),
        onFault: (_, { code }) => tell(code),
      });
      const say = (text: string) => stream.write(latin1Bytes(text));
      clock.runUntil(clock.now() + 10);
      texts.forEach(say);
      return { say, close: () => stream.close() };
    },
  };
}

/** A name for an answer. */
function nameOf(text: string): string {
  if (text === pong) return "pong";
  if (text === closing) return "closing";
  const [status = ""] = text.split("\r\n");
  const [, word = ""] = /"error":"(\w+)"/.exec(text) ??
    /(<form)/.exec(text) ?? [];
  return `${status.slice(9, 12)}${word && ` ${word}`}`;
}

const portal = "srun+http://127.0.0.1:0";
const websocket = "ws://127.0.0.1:0";

Deno.test("openStreamGateway() answers, and tells of each request", async () => {
  const { clock, actions, heard, visit, streams } = await setUp(portal);
  visit(ask);
  visit("GET / HTTP/1.1\r\n\r\n");
  visit("nonsense");
  visit();
  clock.runUntil(1_000);
  assertEquals(heard, [
    "12 0 200 ok",
    "12 0 end",
    "22 1 404",
    "22 1 end",
    "32 2 400",
    "32 2 end",
  ]);
  assertEquals(
    actions,
    ["alive", "invalid", "invalid"].map((action) => `127.0.0.1 ${action}`),
  );
  assertEquals(streams.openCount, 1);
});

Deno.test("openStreamGateway() lets a client in, and answers its pings", async () => {
  const { clock, actions, heard, visit } = await setUp(websocket);
  const { say } = visit(enter + ping);
  clock.runUntil(100);
  say(ping);
  clock.runUntil(1_000);
  say("\x88\x82\0\0\0\0\x03\xe8");
  clock.runUntil(2_000);
  assertEquals(heard, [
    "12 0 101",
    "12 0 pong",
    "102 0 pong",
    "1002 0 ",
    "1002 0 end",
  ]);
  assertEquals(actions, ["127.0.0.1 alive", "127.0.0.1 alive"]);
});

Deno.test("openStreamGateway() lets the session die as it is told, and does to answers what it is told", async () => {
  const rows: [
    what: string,
    listen: string,
    change: Change,
    actions: string,
    ...heard: string[],
  ][] = [
    ["requests", portal, { deadAfterRequests: 1 }, "alive dead", ...[
      "12 0 200 ok",
      "22 1 200 not_online_error",
    ]],
    ["time", portal, { deadAfter: 10 }, "alive dead", ...[
      "12 0 200 ok",
      "22 1 200 not_online_error",
    ]],
    ["no request for a time", portal, { expire: 9 }, "alive dead", ...[
      "12 0 200 ok",
      "22 1 200 not_online_error",
    ]],
    [
      "silence",
      portal,
      {
        deadAfterRequests: 1,
        faults: { silent: true },
      },
      "alive dead",
      "12 0 200 ok",
    ],
    ["loss", portal, { faults: { loss: 1 } }, "request_lost request_lost"],
    ["a page", portal, { faults: { garble: "html" } }, "garbled garbled", ...[
      "12 0 200 <form",
      "22 1 200 <form",
    ]],
    ["503", portal, { faults: { garble: "503" } }, "garbled garbled", ...[
      "12 0 503",
      "22 1 503",
    ]],
    [
      "a delay",
      portal,
      { faults: { delay: 50, jitter: 20 } },
      "alive alive",
      ...[
        "72 0 200 ok",
        "82 1 200 ok",
      ],
    ],
    ["requests", websocket, { deadAfterRequests: 1 }, "alive dead", ...[
      "12 0 101",
      "12 0 pong",
      "22 1 101",
      "22 1 closing",
    ]],
    [
      "silence",
      websocket,
      {
        deadAfterRequests: 0,
        faults: { silent: true },
      },
      "dead dead",
      "12 0 101",
      "22 1 101",
    ],
    ["503", websocket, { faults: { garble: "503" } }, "garbled garbled", ...[
      "12 0 503",
      "22 1 503",
    ]],
    ["a delay", websocket, { faults: { delay: 5 } }, "alive alive", ...[
      "17 0 101",
      "17 0 pong",
      "27 1 101",
      "27 1 pong",
    ]],
  ];
  for (const [what, listen, change, actions, ...wanted] of rows) {
    const peer = await setUp(listen, change);
    const text = listen === portal ? ask : enter + ping;
    peer.visit(text);
    peer.visit(text);
    peer.clock.runUntil(1_000);
    const title = `${listen} ${what}`;
    assertEquals(
      peer.actions.map((line) => line.split(" ")[1]).join(" "),
      actions,
      title,
    );
    const heard = peer.heard.filter((line) => !line.endsWith("end"));
    assertEquals(heard, wanted, title);
  }
});

Deno.test("openStreamGateway() loses requests and replies by chance", async () => {
  const rows: [chance: number[], action: string, heard: number][] = [
    [[0.4], "request_lost", 0],
    [[0.6, 0.4], "reply_lost", 0],
    [[0.6, 0.6, 0], "alive", 1],
  ];
  for (const [chance, action, count] of rows) {
    const random = () => chance.shift()!;
    const { visit, clock, actions, heard } = await setUp(portal, {
      random,
      faults: { loss: 0.5 },
    });
    visit(ask);
    clock.runUntil(1_000);
    assertEquals(actions, [`127.0.0.1 ${action}`]);
    assertEquals(heard.length, 2 * count);
    assertEquals(chance, []);
  }
});

Deno.test("kill() is told at once to those who are let in, and revive() begins anew", async () => {
  const { clock, gateway, heard, visit, streams } = await setUp(websocket);
  visit(enter);
  visit();
  clock.runUntil(100);
  gateway.kill();
  clock.runUntil(200);
  assertEquals(heard, ["12 0 101", "101 0 closing", "101 0 end"]);
  assertEquals(streams.openCount, 1);
  visit(enter + ping);
  clock.runUntil(300);
  gateway.revive();
  visit(enter + ping);
  clock.runUntil(400);
  assertEquals(heard.slice(3), [
    "212 2 101",
    "212 2 closing",
    "212 2 end",
    "312 3 101",
    "312 3 pong",
  ]);
});

Deno.test("kill() says nothing where the dead are to be silent", async () => {
  const faults = { silent: true };
  const { clock, gateway, heard, visit } = await setUp(websocket, { faults });
  const { say } = visit(enter);
  clock.runUntil(100);
  gateway.kill();
  say(ping);
  clock.runUntil(1_000);
  assertEquals(heard, ["12 0 101"]);
});

Deno.test("kill() says nothing to whose handshake was lost", async () => {
  const faults = { loss: 1 };
  const { clock, gateway, heard, visit, actions } = await setUp(websocket, {
    faults,
  });
  visit(enter);
  clock.runUntil(100);
  gateway.kill();
  clock.runUntil(1_000);
  assertEquals([heard, actions], [[], ["127.0.0.1 request_lost"]]);
});

Deno.test("openStreamGateway() ends connections that are idle, without a word", async () => {
  const { clock, heard, visit, streams } = await setUp(websocket, {
    idleLimit: 3_000,
  });
  const { say } = visit(enter);
  visit();
  clock.runUntil(2_000);
  say(ping);
  clock.runUntil(10_000);
  assertEquals(heard, [
    "12 0 101",
    "2002 0 pong",
    "3012 1 end",
    "5002 0 end",
  ]);
  assertEquals(streams.openCount, 0);
});

Deno.test("openStreamGateway() has room for 100 connections", async () => {
  const { clock, heard, visit } = await setUp(portal);
  const visits = Array.from({ length: 101 }, () => visit());
  assertEquals(heard, ["1002 100 end"]);
  visits[0]!.close();
  clock.runUntil(1_100);
  visit(ask);
  clock.runUntil(1_200);
  assertEquals(heard.slice(1), ["1112 101 200 ok", "1112 101 end"]);
});

Deno.test("openStreamGateway() forgets who leaves before the answer", async () => {
  const faults = { delay: 100 };
  const { clock, heard, visit, actions } = await setUp(portal, { faults });
  visit(ask).close();
  clock.runUntil(1_000);
  assertEquals([heard, actions], [[], ["127.0.0.1 alive"]]);
});
