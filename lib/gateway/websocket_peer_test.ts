import { assertEquals } from "@std/assert";
import { latin1, latin1Bytes } from "../protocol/octets.ts";
import { ask, endure, feed, told, visit } from "./test_peer.ts";
import { websocketPeer } from "./websocket_peer.ts";

const server = websocketPeer("");
const handshake =
  "GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
// The accept of RFC 6455, section 1.3.
const welcome =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n+";

/** A frame of a client, whose mask is `abcd`. */
function frame(first: number, payload: string, length?: string): string {
  const masked = Array.from(
    latin1Bytes(payload),
    (byte, at) => byte ^ "abcd".charCodeAt(at % 4),
  );
  const short = length === undefined ? payload.length : length.charCodeAt(0);
  return String.fromCharCode(first, 0x80 | short) +
    `${length?.slice(1) ?? ""}abcd${String.fromCharCode(...masked)}`;
}

Deno.test("websocketPeer() shakes hands with a client that does", () => {
  const rows: [what: string, text: string, answer: string][] = [
    ["a client", handshake, welcome],
    [
      "other spellings",
      handshake.replace("websocket", "WebSocket").replace(
        "Upgrade:",
        "upgrade:",
      )
        .replace("keep-alive, Upgrade", "upgrade"),
      welcome,
    ],
    ["no client", "GET / HTTP/1.1\r\n\r\n", "426 Upgrade Required"],
    ["version", handshake.replace("13", "8"), "426 Upgrade Required"],
    ["no upgrade", handshake.replace(", Upgrade", ""), "426 Upgrade Required"],
    ["a short key", handshake.replace("dGhl", ""), "400 Bad Request"],
    ["no base64", handshake.replace("Q==", "R=="), "400 Bad Request"],
    ["POST", handshake.replace("GET", "POST"), "405 Method Not Allowed"],
    ["TLS", "\x16\x03\x01", "400 Bad Request"],
  ];
  for (const [what, text, wanted] of rows) {
    const [[kind, answer] = [], ...more] = ask(server, text).map(told);
    const isIn = wanted === welcome;
    assertEquals(kind, isIn ? "entry" : "invalid", what);
    assertEquals(
      isIn ? answer : answer?.split("\r\n")[0],
      isIn ? wanted : `HTTP/1.1 ${wanted}`,
      what,
    );
    assertEquals(more, []);
  }
});

Deno.test("websocketPeer() is asked at any path, or at its own", () => {
  const rows: [own: string, kind: string][] = [
    ["", "entry"],
    ["/chat", "entry"],
    ["/", "invalid"],
    ["/chat/", "invalid"],
  ];
  for (const [own, wanted] of rows) {
    assertEquals(ask(websocketPeer(own), handshake)[0]?.kind, wanted, own);
  }
});

Deno.test("websocketPeer() answers pings with pongs, and says nothing else", () => {
  const ping = frame(0x89, "nonce");
  const pong = "\x8a\x05nonce+";
  const wrong: [string, string] = ["invalid", "\x88\x02\x03\xea"];
  const rows: [what: string, frames: string, ...told: [string, string][]][] = [
    ["nothing", ""],
    ["a ping", ping, ["life", pong]],
    ["two", ping + ping, ["life", pong], ["life", pong]],
    ["an empty one", frame(0x89, ""), ["life", "\x8a\x00+"]],
    ["the longest", frame(0x89, "x".repeat(125)), [
      "life",
      `\x8a\x7d${"x".repeat(125)}+`,
    ]],
    ["a pong", frame(0x8a, "x")],
    ["data", frame(0x81, "text") + ping, ["life", pong]],
    [
      "data with a length of 16 bits",
      frame(0x82, ping.repeat(20), "\x7e\x00\xdc") + ping,
      ["life", pong],
    ],
    [
      "data with a length of 64 bits",
      frame(0x82, "abc", "\x7f\0\0\0\0\0\0\0\x03") + ping,
      ["life", pong],
    ],
    [
      "a ping between fragments",
      frame(0x01, "a") + ping + frame(0x80, "b"),
      ["life", pong],
    ],
    ["a close", frame(0x88, "\x03\xe8bye") + ping, [
      "goodbye",
      "\x88\x02\x03\xe8",
    ]],
    ["a close without a code", frame(0x88, ""), ["goodbye", "\x88\x00"]],
    ["no mask", `\x89\x00${ping}`, wrong],
    ["reserved bits", frame(0xc9, "") + ping, wrong],
    ["a reserved kind", frame(0x83, "") + ping, wrong],
    ["a reserved control frame", frame(0x8b, "") + ping, wrong],
    ["a ping in fragments", frame(0x09, "") + ping, wrong],
    ["a ping that is too long", frame(0x89, "", "\x7e\x00\x7e") + ping, wrong],
    ["no valid length", frame(0x82, "", "\x7f\x80\0\0\0\0\0\0\0"), wrong],
  ];
  for (const [what, frames, ...wanted] of rows) {
    const answers = ask(server, handshake + frames).map(told);
    assertEquals(answers, [["entry", welcome], ...wanted], what);
  }
});

Deno.test("websocketPeer() closes with 1008 when the session is dead", () => {
  const closing = "\x88\x0c\x03\xf0logged out";
  const [, ping] = ask(server, handshake + frame(0x89, "n"));
  assertEquals(
    ping?.kind === "life" && [latin1(ping.dead.bytes), ping.dead.isLast],
    [closing, true],
  );
  const { state } = server.receive(
    server.start,
    latin1Bytes(handshake),
    visit,
  );
  assertEquals(latin1(server.expel(state)!), closing);
  assertEquals(server.expel(server.start), null);
});

Deno.test("websocketPeer() keeps no data", () => {
  const head = latin1Bytes(
    `${handshake}${frame(2, "", "\x7f\0\0\0\x01\0\0\0\0")}`,
  );
  const { state } = server.receive(server.start, head, visit);
  const size = 16 * 1024;
  const after = server.receive(state, new Uint8Array(size), visit);
  assertEquals(after, {
    state: { phase: "frames", rest: new Uint8Array(), skip: 2 ** 32 - size },
    questions: [],
  });
});

Deno.test("websocketPeer() endures anything", () => {
  endure(server, "", "GET ", handshake.slice(0, -2), handshake);
  assertEquals(feed(server, []), []);
});
