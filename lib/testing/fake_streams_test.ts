import { assertEquals, assertThrows } from "@std/assert";
import { refusedCode, type StreamOrder } from "../world.ts";
import { createFakeStreams, type FakeServing } from "./fake_streams.ts";
import { createVirtualClock } from "./virtual_clock.ts";

const server = { host: "192.0.2.1", port: 80 };
const tls = { name: "a.example", authorities: [] };
const fault = { code: refusedCode, message: "refused" };
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Streams, and how to open one whose story is told as lines with the time. */
function setUp(serve: (order: StreamOrder, id: number) => FakeServing | null) {
  const clock = createVirtualClock();
  const streams = createFakeStreams({ clock, serve });
  const lines: string[] = [];
  const tell = (line: string) => lines.push(`${clock.now()} ${line}`);
  const open = (order: Partial<StreamOrder> = {}) =>
    streams.open({
      to: server,
      from: null,
      tls: null,
      onConnected: (port) => tell(`connected ${port}`),
      onOpen: () => tell("open"),
      onBytes: (bytes) =>
        tell(bytes.length > 9 ? `${bytes.length}` : decode(bytes)),
      onEnd: () => tell("end"),
      onFault: (phase, { code }) => tell(`${phase} ${code}`),
      ...order,
    });
  return { clock, streams, lines, open, tell };
}

/** What a server does, whether the client wants TLS, and what is told. */
const rows: [FakeServing | null, boolean, string[]][] = [
  [null, false, []],
  [{ connect: null }, false, []],
  [{ secure: null }, true, ["1 connected 40000"]],
  [{ secure: null }, false, ["1 connected 40000", "1 open"]],
  [{ connect: 5 }, false, ["5 connected 40000", "5 open"]],
  [{ connect: 5, secure: 7 }, true, ["5 connected 40000", "12 open"]],
  [{ connect: 5, fault }, true, ["5 connect ECONNREFUSED"]],
  [{ fault, phase: "tls" }, true, ["1 connected 40000", "2 tls ECONNREFUSED"]],
  [
    { fault, phase: "open" },
    true,
    ["1 connected 40000", "2 open", "2 open ECONNREFUSED"],
  ],
];

Deno.test("serve() says how far a connection comes, and when", () => {
  for (const [serving, isSecured, wanted] of rows) {
    const { clock, streams, lines, open } = setUp(() => serving);
    const stream = open(isSecured ? { tls } : {});
    assertEquals([lines.length, streams.openCount], [0, 1]);
    clock.runUntil(1000);
    assertEquals(lines, wanted);
    const isOver = wanted.at(-1)?.includes("ECONN") ?? false;
    assertEquals(streams.openCount, isOver ? 0 : 1);
    stream.close();
    assertEquals(streams.openCount, 0);
  }
});

Deno.test("say() and end() keep their order, and fail() overtakes them", () => {
  const { clock, lines, open } = setUp((_, id) => ({
    onOpen(connection) {
      connection.say(encode("late"), 10);
      connection.say(encode("soon"), 2);
      connection.say(new Uint8Array(40_000));
      connection.say(new Uint8Array());
      connection.end();
      connection.say(encode("never"));
      if (id === 1) connection.fail(fault, 5);
    },
  }));
  open();
  clock.runUntil(100);
  open();
  clock.runUntil(200);
  assertEquals(lines, [
    "1 connected 40000",
    "1 open",
    "11 late",
    "11 soon",
    "11 16384",
    "11 16384",
    "11 7232",
    "11 end",
    "101 connected 40001",
    "101 open",
    "106 open ECONNREFUSED",
  ]);
});

Deno.test("write() reaches the server, and throws where nobody would hear it", () => {
  const said = encode("x");
  const { clock, streams, lines, open } = setUp(() => ({
    onWrite(bytes, connection) {
      if (decode(bytes) === "ping") connection.say(encode("pong"), 3);
    },
  }));
  const stream = open({ to: { host: "/run/socket", port: 0 } });
  assertThrows(() => stream.write(said), Error, "not open");
  clock.runUntil(10);
  const bytes = encode("ping");
  stream.write(bytes);
  bytes.fill(0);
  stream.write(encode("!"));
  clock.runUntil(20);
  assertEquals(lines, ["1 connected 0", "1 open", "13 pong"]);
  const [connection] = streams.connections;
  assertEquals(decode(connection!.written), "ping!");
  stream.close();
  assertThrows(() => stream.write(said), Error, "not open");
});

Deno.test("close() keeps everything from being told, and is told to the server once", () => {
  for (const [time, wanted] of [[0, 0], [1, 1], [3, 2], [9, 3]] as const) {
    const { clock, lines, open, tell } = setUp(() => ({
      connect: 1,
      secure: 2,
      onOpen: (connection) => connection.say(encode("hi"), 2),
      onClose: () => tell("closed"),
    }));
    const stream = open({ tls });
    clock.runUntil(time);
    stream.close();
    stream.close();
    clock.runUntil(100);
    const story = ["1 connected 40000", "3 open", "5 hi"].slice(0, wanted);
    assertEquals(lines, [...story, `${time} closed`]);
  }
});

Deno.test("close() within a callback is the last of the story", () => {
  const { clock, lines, open } = setUp(() => ({
    onOpen: () => lines.push("the server never hears of it"),
  }));
  const stream = open({ onConnected: () => stream.close() });
  const other = open({ onOpen: () => other.close() });
  clock.runUntil(100);
  assertEquals(lines, ["1 connected 40001"]);
});
