import { assert, assertEquals } from "@std/assert";
import { latin1, latin1Bytes } from "../protocol/octets.ts";
import { settle } from "../testing/fake_world.ts";
import {
  createVirtualClock,
  type VirtualClock,
} from "../testing/virtual_clock.ts";
import {
  type AcceptedStream,
  type Fault,
  isFault,
  type StreamListeners,
  type StreamReceiver,
} from "../world.ts";
import { serveText } from "./text_server.ts";

/** How a visitor behaves. */
interface Manners {
  /** Whether it reads, and then closes the connection; it does if absent. */
  readonly reads?: boolean;
  /** Whether its connection can be closed while it does not read, as in one build; it can if absent. */
  readonly canBeCut?: boolean;
}

/** Somebody who has connected. */
class Visitor {
  /** What has come back. */
  answer = "";
  /** When the server has closed the connection, in ms; `null` as long as it has not. */
  closedAt: number | null = null;
  private readonly over = Promise.withResolvers<void>();
  private receiver: StreamReceiver | null = null;

  constructor(
    private readonly clock: VirtualClock,
    private readonly manners: Manners,
  ) {}

  connect(onConnection: Place["onConnection"]): void {
    const close = () => {
      this.closedAt ??= this.clock.now();
      const { reads = true, canBeCut = true } = this.manners;
      if (reads || canBeCut || this.answer === "") this.over.resolve();
    };
    this.receiver = onConnection({
      write: (bytes) => this.answer += latin1(bytes),
      close,
      abort: close,
      closeWrite: () => {
        const { reads = true } = this.manners;
        if (!reads) return new Promise(() => {});
        this.clock.setTimer(this.clock.now(), () => this.leave());
        return Promise.resolve();
      },
      closed: this.over.promise,
    });
  }

  /** Sends words. */
  say(words: string): void {
    if (this.closedAt === null) this.receiver?.onBytes(latin1Bytes(words));
  }

  /** Ends what it says. */
  end(): void {
    if (this.closedAt === null) this.receiver?.onPeerEnd?.();
  }

  /** Closes the connection, so that it fails when it is written to. */
  leave(): void {
    this.end();
    this.over.resolve();
    if (this.closedAt === null) this.receiver?.onEnd();
  }

  /** The first line of the answer. */
  get status(): string {
    return this.answer.split("\r\n")[0]!;
  }
}

/** A server, and how to visit it. */
class Place {
  readonly clock: VirtualClock = createVirtualClock(
    Date.UTC(2026, 10, 21, 5, 30),
  );
  isListening = false;
  freeDescriptors = 100;
  onConnection: (stream: AcceptedStream) => StreamReceiver = () => {
    throw new Error("nobody listens");
  };
  readonly listeners: StreamListeners = {
    listen: ({ at, onConnection }) => {
      this.isListening = true;
      this.onConnection = (stream) => onConnection(stream, at);
      const close = () => void (this.isListening = false);
      return Promise.resolve({ address: { ...at, port: 9105 }, close });
    },
  };

  readonly descriptors = {
    free: (most: number): number => Math.min(most, this.freeDescriptors),
  };

  async serve(render: () => string | Promise<string> = () => "a 1\n") {
    const at = { host: "127.0.0.1", port: 0 };
    const text = {
      path: "/metrics",
      type: "text/x",
      render: async () => await render(),
    };
    const server = await serveText(at, text, this);
    assert(!isFault(server));
    return server;
  }

  async visit(words = "", manners: Manners = {}): Promise<Visitor> {
    const visitor = new Visitor(this.clock, manners);
    visitor.connect(this.onConnection);
    visitor.say(words);
    await settle();
    return visitor;
  }

  /** Lets time pass until this moment in ms. */
  async until(time: number): Promise<void> {
    await settle();
    this.clock.runUntil(time);
    await settle();
  }
}

const get = "GET /metrics HTTP/1.1\r\n\r\n";

Deno.test("serveText() answers a GET, says that this is all, and keeps nobody", async () => {
  const place = new Place();
  const server = await place.serve(() => "ä 1\n");
  assertEquals(server.address, { host: "127.0.0.1", port: 9105 });
  const visitor = await place.visit(get);
  await place.until(1);
  assertEquals(
    visitor.answer,
    "HTTP/1.1 200 OK\r\ncontent-type: text/x\r\ncontent-length: 5\r\n" +
      "connection: close\r\ndate: Sat, 21 Nov 2026 05:30:00 GMT\r\n\r\n" +
      "\xc3\xa4 1\n",
  );
  assertEquals(place.clock.next, Infinity);
});

Deno.test("serveText() refuses what is no request, or too long a one", async () => {
  const place = new Place();
  await place.serve();
  const long = `GET /metrics HTTP/1.1\r\na: ${"x".repeat(9_000)}`;
  const full = long.slice(0, 8_188);
  const rows: [words: string, status: string][] = [
    [get, "200 OK"],
    ["GET /metrics?a HTTP/1.0\r\n\r\n", "200 OK"],
    ["GET http://other/metrics HTTP/1.1\r\nhost: other\r\n\r\n", "200 OK"],
    ["GET /metrics HTTP/1.1\n\n", "200 OK"],
    [`${full}\r\n\r\n`, "200 OK"],
    [`${get}${"x".repeat(9_000)}`, "200 OK"],
    ["HEAD /metrics HTTP/1.1\r\n\r\n", "405 Method Not Allowed"],
    ["POST /metrics HTTP/1.1\r\n\r\nbody", "405 Method Not Allowed"],
    ["GET / HTTP/1.1\r\n\r\n", "404 Not Found"],
    ["POST /metrics/.. HTTP/1.1\r\n\r\n", "404 Not Found"],
    ["GET http://[ HTTP/1.1\r\n\r\n", "404 Not Found"],
    ["GET http://metrics HTTP/1.1\r\n\r\n", "404 Not Found"],
    ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400 Bad Request"],
    ["\x16\x03\x01\r\n\r\n", "400 Bad Request"],
    [long, "400 Bad Request"],
    [`${full}x\r\n\r\n`, "400 Bad Request"],
  ];
  for (const [words, status] of rows) {
    const what = words.slice(0, 40);
    assertEquals((await place.visit(words)).status, `HTTP/1.1 ${status}`, what);
    // However it is cut into pieces.
    const other = await place.visit();
    for (const character of words) other.say(character);
    await settle();
    assertEquals(other.status, `HTTP/1.1 ${status}`, what);
    await place.until(place.clock.now() + 1);
  }
  assertEquals(
    (await place.visit("HEAD /metrics HTTP/1.1\r\n\r\n")).answer.split(
      "\r\n\r\n",
    )[1],
    "",
  );
});

Deno.test("serveText() survives a text that can't be made", async () => {
  const place = new Place();
  let isBroken = true;
  await place.serve(() => {
    if (isBroken) throw new Error("broken");
    return "a 1\n";
  });
  assertEquals(
    (await place.visit(get)).status,
    "HTTP/1.1 500 Internal Server Error",
  );
  isBroken = false;
  assertEquals((await place.visit(get)).status, "HTTP/1.1 200 OK");
});

Deno.test("serveText() gives 3 s to ask, and 5 s to read", async () => {
  const place = new Place();
  await place.serve();
  const silent = await place.visit();
  const half = await place.visit("GET /metrics HT");
  const deaf = await place.visit(get, { reads: false });
  await place.until(2_000);
  half.say("TP");
  const gone = await place.visit("GET");
  gone.leave();
  await place.until(60_000);
  const ends = [silent, half, deaf, gone].map(({ closedAt }) => closedAt);
  assertEquals(ends, [3_000, 3_000, 5_000, 2_000]);
  assertEquals([silent.answer, half.answer], ["", ""]);
});

Deno.test("serveText() answers who ends its own side first, and who waits for the text", async () => {
  const place = new Place();
  const made = Promise.withResolvers<string>();
  await place.serve(() => made.promise);
  const [early, gone] = [await place.visit(get), await place.visit(get)];
  early.end();
  gone.leave();
  await place.until(20_000);
  assertEquals([early.answer, early.closedAt], ["", null]);
  made.resolve("a 1\n");
  await place.until(20_001);
  assertEquals([early.status, early.closedAt], ["HTTP/1.1 200 OK", 20_000]);
  assertEquals(gone.answer, "");
  const half = await place.visit("GET /metrics HTTP/1.1\r\n");
  half.end();
  assertEquals([half.answer, half.closedAt], ["", 20_001]);
  assertEquals(place.clock.next, Infinity);
});

Deno.test("serveText() takes a megabyte behind a request, and no flood", async () => {
  const place = new Place();
  await place.serve();
  const flood = await place.visit(get, { reads: false });
  const piece = "x".repeat(16 * 1024);
  for (let count = 0; count < 64; count++) flood.say(piece);
  assertEquals(flood.closedAt, null);
  flood.say("x");
  assertEquals(flood.closedAt, 0);
});

Deno.test("serveText() lets the one that was silent for longest give way", async () => {
  const place = new Place();
  await place.serve();
  const deaf = await place.visit(get, { reads: false });
  const silent = await Promise.all(
    Array.from({ length: 40 }, () => place.visit("GET ")),
  );
  assertEquals((await place.visit(get)).status, "HTTP/1.1 200 OK");
  const closed = silent.map(({ closedAt }) => closedAt);
  assertEquals(closed, [...Array(26).fill(0), ...Array(14).fill(null)]);
  assertEquals(deaf.closedAt, null);
});

Deno.test("serveText() counts connections until their descriptors are free", async () => {
  for (const canBeCut of [true, false]) {
    const place = new Place();
    await place.serve();
    const deaf = await Promise.all(Array.from(
      { length: 16 },
      () => place.visit(get, { reads: false, canBeCut }),
    ));
    const early = await place.visit(get);
    assertEquals([early.answer, early.closedAt], ["", 0]);
    await place.until(6_000);
    assertEquals(deaf.map(({ closedAt }) => closedAt), Array(16).fill(5_000));
    assertEquals((await place.visit(get)).answer === "", !canBeCut);
    deaf[7]!.leave();
    await place.until(7_000);
    assert((await place.visit(get)).answer !== "");
  }
});

Deno.test("serveText() leaves the last descriptors to heartbeats", async () => {
  const place = new Place();
  await place.serve();
  place.freeDescriptors = 7;
  const [one, two] = [await place.visit(), await place.visit()];
  assertEquals([one.closedAt, two.closedAt], [0, null]);
  two.say(get);
  assertEquals((await place.visit(get)).answer === "", true);
  await place.until(1);
  assertEquals((await place.visit(get)).answer === "", false);
  place.freeDescriptors = 8;
  assertEquals((await place.visit(get)).answer === "", false);
});

Deno.test("close() waits for answers, and not for those who say or read nothing", async () => {
  const place = new Place();
  const server = await place.serve();
  const silent = await place.visit("GET /metrics HT");
  const deaf = await place.visit(get, { reads: false, canBeCut: false });
  let isClosed = false;
  server.close().then(() => isClosed = true);
  assertEquals([place.isListening, silent.closedAt], [false, 0]);
  await place.until(199);
  assertEquals([isClosed, deaf.closedAt], [false, null]);
  await place.until(200);
  assertEquals([isClosed, deaf.closedAt], [true, 200]);
  assertEquals(place.clock.next, Infinity);

  const other = new Place();
  const polite = await other.serve();
  await other.visit(get);
  polite.close().then(() => isClosed = false);
  await other.until(1);
  assertEquals([isClosed, other.clock.next], [false, Infinity]);
});

Deno.test("serveText() says why it can't", async () => {
  const fault: Fault = { code: "EADDRINUSE", message: "it is taken" };
  const answer = await serveText(
    { host: "127.0.0.1", port: 1 },
    { path: "/", type: "text/plain", render: () => Promise.resolve("") },
    {
      clock: createVirtualClock(),
      listeners: { listen: () => Promise.resolve(fault) },
      descriptors: { free: (most) => most },
    },
  );
  assertEquals(answer, fault);
});
