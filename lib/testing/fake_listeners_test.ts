import { assert, assertEquals } from "@std/assert";
import { isFault, type StreamOrder } from "../world.ts";
import { createFakeListeners } from "./fake_listeners.ts";
import { createFakeStreams } from "./fake_streams.ts";
import { createVirtualClock } from "./virtual_clock.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const host = "127.0.0.1";

/** A machine, and what happens on it as lines with the time. */
function setUp() {
  const clock = createVirtualClock();
  const listeners = createFakeListeners(clock);
  const streams = createFakeStreams({ clock, serve: listeners.serve });
  const lines: string[] = [];
  const tell = (line: string) => lines.push(`${clock.now()} ${line}`);
  const open = (port: number, order: Partial<StreamOrder> = {}) =>
    streams.open({
      to: { host, port },
      from: null,
      tls: null,
      onConnected() {},
      onOpen: () => tell("client open"),
      onBytes: (bytes) => tell(`client ${decode(bytes)}`),
      onEnd: () => tell("client end"),
      onFault: (phase, { code }) => tell(`client ${phase} ${code}`),
      ...order,
    });
  return { clock, listeners, lines, tell, open };
}

Deno.test("serve() leads connections to who listens, with 1 ms each way", async () => {
  const { clock, listeners, lines, tell, open } = setUp();
  const listener = await listeners.listen({
    at: { host, port: 0 },
    onConnection(stream, { port }) {
      tell(`server open ${port}`);
      return {
        onBytes(bytes) {
          tell(`server ${decode(bytes)}`);
          stream.write(encode("b"));
          if (decode(bytes) === "bye") stream.close();
        },
        onEnd: () => tell("server end"),
      };
    },
  });
  assert(!isFault(listener));
  assertEquals(listener.address, { host, port: 40001 });
  const one = open(40001, { onOpen: () => one.write(encode("a")) });
  clock.runUntil(10);
  one.close();
  const two = open(40001, { onOpen: () => two.write(encode("bye")) });
  clock.runUntil(20);
  assertEquals(lines, [
    "1 server open 50000",
    "2 server a",
    "3 client b",
    "11 server end",
    "11 server open 50001",
    "12 server bye",
    "13 client b",
    "13 client end",
  ]);
  listener.close();
  assertEquals(listeners.openCount, 0);
});

Deno.test("closeWrite() ends the stream of a client, which then closes its own", async () => {
  const { clock, listeners, lines, tell, open } = setUp();
  await listeners.listen({
    at: { host, port: 0 },
    onConnection(stream) {
      stream.closed.then(() => tell("server closed"));
      stream.write(encode("hello"));
      stream.closeWrite();
      return { onBytes() {}, onEnd: () => tell("server end") };
    },
  });
  open(40001);
  clock.runUntil(10);
  await null;
  assertEquals(lines, [
    "1 client open",
    "2 client hello",
    "2 client end",
    "3 server end",
    "10 server closed",
  ]);
});

Deno.test("serve() refuses where nobody listens, and hangs where nobody ever does", async () => {
  const { clock, listeners, lines, open } = setUp();
  open(40001);
  clock.runUntil(10);
  assertEquals(lines, []);
  const onConnection = () => ({ onBytes() {}, onEnd() {} });
  const at = { host, port: 7 };
  await listeners.listen({ at, onConnection });
  open(8);
  clock.runUntil(20);
  assertEquals(lines, ["11 client connect ECONNREFUSED"]);
  const fault = await listeners.listen({ at, onConnection });
  assertEquals(fault, { code: "EADDRINUSE", message: `${host}:7 is taken` });
});
