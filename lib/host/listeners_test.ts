import { assert, assertEquals } from "@std/assert";
import {
  type AcceptedStream,
  isFault,
  type Stream,
  type StreamListener,
} from "../world.ts";
import { listen } from "./listeners.ts";
import { createStreams } from "./streams.ts";

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A listener whose connections are told in lines, and that is closed with its connections. */
interface Server extends Disposable {
  readonly listener: StreamListener;
  readonly lines: readonly string[];
  /** Resolves once a line begins so. */
  until(start: string): Promise<void>;
}

function serve(
  host: string,
  onText: (text: string, stream: AcceptedStream) => void = () => {},
  onOpen: (stream: AcceptedStream) => void = () => {},
): Server {
  const lines: string[] = [];
  const accepted: Stream[] = [];
  let check = () => {};
  const tell = (line: string) => {
    lines.push(line);
    check();
  };
  const listener = listen({
    at: { host, port: 0 },
    onConnection(stream, { host, port }) {
      accepted.push(stream);
      tell(`from ${host}, ${port > 0 && port < 65536}`);
      onOpen(stream);
      return {
        onBytes(bytes) {
          onText(decode(bytes), stream);
          tell(`bytes ${decode(bytes)}`);
        },
        onEnd: () => tell("end"),
      };
    },
  }, createStreams());
  if (isFault(listener)) throw new Error(listener.message);
  return {
    listener,
    lines,
    until: (start) =>
      new Promise((resolve) => {
        check = () => {
          if (lines.some((line) => line.startsWith(start))) resolve();
        };
        check();
      }),
    [Symbol.dispose]() {
      listener.close();
      for (const stream of accepted) stream.close();
    },
  };
}

/** The lengths of the pieces in which the rest of a stream comes. */
async function* readChunks(connection: Deno.Conn): AsyncIterable<number> {
  const buffer = new Uint8Array(100_000);
  for (;;) {
    const length = await connection.read(buffer);
    if (length === null) return;
    yield length;
  }
}

const connect = ({ listener: { address: { host, port } } }: Server) =>
  Deno.connect({ hostname: host, port });

Deno.test("listen() takes bytes and sends some, over both families", async () => {
  for (const host of ["127.0.0.1", "::1"]) {
    using server = serve(host, (text, stream) => {
      stream.write(encode(text.toUpperCase()));
      stream.close();
      stream.close();
    });
    assertEquals(server.listener.address.host, host);
    using client = await connect(server);
    await client.write(encode("hello"));
    assertEquals(await new Response(client.readable).text(), "HELLO");
    assertEquals(server.lines, [`from ${host}, true`, "bytes hello"]);
  }
});

Deno.test("listen() sends what is written as soon as somebody connects", async () => {
  using server = serve("127.0.0.1", () => {}, (stream) => {
    stream.write(encode("welcome"));
    stream.close();
  });
  using client = await connect(server);
  assertEquals(await new Response(client.readable).text(), "welcome");
});

Deno.test("closeWrite() ends what is sent, and goes on hearing", async () => {
  const long = "x".repeat(1_000_000);
  using server = serve("127.0.0.1", (text, stream) => {
    if (text !== "hello") return;
    stream.write(encode(long));
    stream.closeWrite();
  });
  using client = await connect(server);
  await client.write(encode("hello"));
  const lengths = await Array.fromAsync(readChunks(client));
  assertEquals(lengths.reduce((sum, length) => sum + length, 0), long.length);
  await client.write(encode("still there?"));
  await server.until("bytes still there?");
});

Deno.test("abort() closes a connection that takes nothing, now and while it lingers", async () => {
  const descriptors = () => [...Deno.readDirSync("/proc/self/fd")].length;
  const delay = (ms: number) =>
    new Promise<void>((resolve) => setTimeout(resolve, ms));
  for (const closes of [false, true]) {
    const opened = Promise.withResolvers<AcceptedStream>();
    using server = serve("127.0.0.1", () => {}, opened.resolve);
    const before = descriptors();
    const client = await connect(server);
    const stream = await opened.promise;
    stream.write(new Uint8Array(50_000_000));
    if (closes) stream.close();
    // By then the kernel should have no room for more.
    await delay(200);
    stream.abort();
    stream.abort();
    await delay(10);
    // Deno can't cancel a write, which keeps its descriptor.
    client.close();
    await stream.closed;
    await delay(10);
    const after = descriptors();
    assert(after <= before, `${after} descriptors after ${before}`);
    assertEquals(server.lines.slice(1), []);
  }
});

Deno.test("onPeerEnd() leaves a connection open for an answer", async () => {
  const ended = Promise.withResolvers<void>();
  const listener = listen({
    at: { host: "127.0.0.1", port: 0 },
    onConnection: (stream) => ({
      onBytes() {},
      onEnd() {},
      async onPeerEnd() {
        stream.write(encode("the answer"));
        await stream.closeWrite();
        stream.close();
        ended.resolve();
      },
    }),
  }, createStreams());
  if (isFault(listener)) throw new Error(listener.message);
  const { host: hostname, port } = listener.address;
  using client = await Deno.connect({ hostname, port });
  await client.write(encode("the question"));
  await client.closeWrite();
  const answer = await new Response(client.readable).text();
  assertEquals(answer, "the answer");
  await ended.promise;
  listener.close();
});

Deno.test("listen() tells the end of a stream, and a reset alike", async () => {
  using server = serve("127.0.0.1");
  const client = await connect(server);
  await client.write(encode("hello"));
  await server.until("bytes");
  client.close();
  await server.until("end");
  assertEquals(server.lines.slice(1), ["bytes hello", "end"]);

  using other = serve("127.0.0.1", (_, stream) => stream.write(encode("x")));
  const rude = await connect(other);
  await rude.write(encode("hello"));
  await other.until("bytes");
  // What is not read makes the kernel reset the connection.
  rude.close();
  await other.until("end");
  assertEquals(other.lines.at(-1), "end");
});

Deno.test("listen() serves a connection that can't be made faster", async () => {
  const { listen } = Deno;
  let told = 0;
  // No system refuses that of an open connection unless its memory is short.
  Deno.listen = ((options: Deno.TcpListenOptions) => {
    const listener = listen(options);
    const { accept } = listener;
    listener.accept = async () => {
      const connection = await accept.call(listener);
      connection.setNoDelay = () => {
        told++;
        throw new Error("Cannot allocate memory (os error 12)");
      };
      return connection;
    };
    return listener;
  }) as typeof Deno.listen;
  try {
    using server = serve("127.0.0.1");
    using client = await connect(server);
    await client.write(encode("hello"));
    await server.until("bytes");
    assertEquals([server.lines.at(-1), told], ["bytes hello", 1]);
  } finally {
    Deno.listen = listen;
  }
});

Deno.test("close() accepts nobody any more, and leaves connections open", async () => {
  using server = serve(
    "127.0.0.1",
    (text, stream) => stream.write(encode(text)),
  );
  using client = await connect(server);
  await server.until("from");
  server.listener.close();
  server.listener.close();
  await client.write(encode("still here"));
  const buffer = new Uint8Array(20);
  const length = await client.read(buffer);
  assertEquals(decode(buffer.subarray(0, length ?? 0)), "still here");
  const refused = await connect(server).then(() => false, () => true);
  assert(refused);
});

Deno.test("listen() says why it can't", () => {
  using server = serve("127.0.0.1");
  const { port } = server.listener.address;
  const rows: [host: string, port: number, code: string, message: string][] = [
    [
      "127.0.0.1",
      port,
      "EADDRINUSE",
      `127.0.0.1:${port} is taken: \`ss -tlnp\` shows who has it`,
    ],
    [
      "192.0.2.1",
      0,
      "EADDRNOTAVAIL",
      "192.0.2.1 is not an address of this machine, at least not now: does `ip address` show it?",
    ],
  ];
  for (const [host, port, code, message] of rows) {
    const fault = listen({
      at: { host, port },
      onConnection: () => ({ onBytes() {}, onEnd() {} }),
    }, createStreams());
    assertEquals(fault, { code, message });
  }
});
