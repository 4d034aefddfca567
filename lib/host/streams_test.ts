import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Endpoint, Fault, Stream, StreamOrder } from "../world.ts";
import { createStreams } from "./streams.ts";
import * as certificates from "../testing/certificates.ts";
import { runScript } from "./test_process.ts";

const local = "127.0.0.1";
const { authority } = certificates;
const tls = { name: local, authorities: [authority] };

/** A connection whose story is told in lines. */
interface Story extends Stream, Disposable {
  /** What has happened so far. */
  readonly lines: readonly string[];
  /** The last fault's message. */
  readonly message: string;
  /** Resolves once a line begins so. */
  until(start: string): Promise<void>;
}

interface StoryOptions extends Partial<Pick<StreamOrder, "from" | "tls">> {
  readonly streams?: ReturnType<typeof createStreams>;
  /** Is told each line when it happens. */
  readonly onLine?: (line: string, stream: Stream) => void;
}

function open(to: Endpoint, options: StoryOptions = {}): Story {
  const { from = null, tls = null, streams = createStreams() } = options;
  const lines: string[] = [];
  let fault: Fault | null = null;
  let check = () => {};
  const tell = (line: string) => {
    lines.push(line);
    options.onLine?.(line, stream);
    check();
  };
  const stream = streams.open({
    to,
    from,
    tls,
    onConnected: (port) => tell(`connected ${port}`),
    onOpen: () => tell("open"),
    onBytes: (bytes) => tell(`bytes ${decode(bytes)}`),
    onEnd: () => tell("end"),
    onFault(phase, told) {
      fault = told;
      tell(`${phase} ${told.code}`);
    },
  });
  return {
    lines,
    get message() {
      return fault?.message ?? "";
    },
    until: (start) =>
      new Promise((resolve) => {
        check = () => {
          if (lines.some((line) => line.startsWith(start))) resolve();
        };
        check();
      }),
    write: (bytes) => stream.write(bytes),
    close: () => stream.close(),
    [Symbol.dispose]: () => stream.close(),
  };
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const delay = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** A server in the hands of a test. */
interface Server extends Disposable {
  /** Where it is. */
  readonly at: Endpoint;
  /** Resolves to its next connection; all of them are closed in the end. */
  accept(): Promise<Deno.Conn>;
}

function serve(listener: Deno.Listener): Server {
  const accepted: Deno.Conn[] = [];
  let turn: Promise<unknown> = Promise.resolve();
  const { addr } = listener;
  return {
    at: addr.transport === "unix"
      ? { host: addr.path, port: 0 }
      : { host: (addr as Deno.NetAddr).hostname, port: portOf(addr) },
    accept() {
      const next = turn.then(() => listener.accept());
      turn = next.then((connection) => accepted.push(connection), () => {});
      return next;
    },
    [Symbol.dispose]() {
      listener.close();
      for (const connection of accepted) {
        try {
          connection.close();
        } catch {
          // A test has closed it.
        }
      }
    },
  };
}

function listen(hostname = local, port = 0): Server {
  return serve(Deno.listen({ hostname, port }));
}

function listenUnix(path: string): Server {
  return serve(Deno.listen({ transport: "unix", path }));
}

function listenTls(
  certificate: certificates.TestCertificate = certificates.good,
  port = 0,
): Server {
  return serve(Deno.listenTls({ hostname: local, port, ...certificate }));
}

/** A server that accepts two connections, behind which all others wait for ever. */
async function listenBusy(): Promise<Server> {
  const listener = Deno.listen({ hostname: local, port: 0, tcpBacklog: 1 });
  const server = serve(listener);
  const waiting = [open(server.at), open(server.at)];
  await Promise.all(waiting.map((story) => story.until("open")));
  return {
    ...server,
    [Symbol.dispose]() {
      for (const story of waiting) story.close();
      listener.close();
    },
  };
}

const portOf = (address: Deno.Addr): number => (address as Deno.NetAddr).port;

/** A port where nothing listens. */
function freePort(): number {
  using server = listen();
  return server.at.port;
}

/** Reads to the end of a stream. */
async function readAll(connection: Deno.Conn): Promise<string> {
  return await new Response(connection.readable).text();
}

const descriptors = (): number => [...Deno.readDirSync("/proc/self/fd")].length;

/** How many descriptors there are once those of other tests are gone. */
async function settledDescriptors(): Promise<number> {
  for (let last = Infinity, count; (count = descriptors()) < last;) {
    last = count;
    await delay(100);
  }
  return descriptors();
}

/** Waits, though not for ever, until there are no more descriptors than so many. What an earlier test left may close meanwhile. */
async function assertDescriptorsDownTo(most: number): Promise<void> {
  for (let tries = 0; descriptors() > most && tries < 3_000; tries++) {
    await delay(10);
  }
  assert(descriptors() <= most, `${descriptors()} > ${most}`);
}

/** Whether the TCP socket at a local port is in CLOSE_WAIT. */
async function waitsForClose(port: number): Promise<boolean> {
  const table = await Deno.readTextFile("/proc/net/tcp");
  const digits = port.toString(16).toUpperCase().padStart(4, "0");
  return new RegExp(`^ *\\d+: \\w+:${digits} \\S+ 08 `, "m").test(table);
}

Deno.test("open() tells a port that listens from one that does not", async () => {
  for (const hostname of [local, "::1"]) {
    using server = listen(hostname);
    using story = open(server.at);
    assertEquals(story.lines, []);
    const peer = await server.accept();
    await story.until("open");
    const port = portOf(peer.remoteAddr);
    assertEquals(story.lines, [`connected ${port}`, "open"]);
    using refused = open({ host: hostname, port: freePort() });
    await refused.until("connect ");
    assertEquals(refused.lines, ["connect ECONNREFUSED"]);
    assertStringIncludes(refused.message, `${hostname} refuses`);
  }
});

Deno.test("open() reaches unix sockets, and tells one that is gone from one that nobody listens at", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/socket`;
  const left = `${folder}/left`;
  {
    using server = listenUnix(path);
    using story = open(server.at);
    const peer = await server.accept();
    await story.until("open");
    story.write(encode("ping"));
    await peer.write(new Uint8Array(await peer.read(new Uint8Array(9)) ?? 0));
    await story.until("bytes");
    assertEquals(story.lines, ["connected 0", "open", "bytes \0\0\0\0"]);
  }
  {
    using _server = listenUnix(path);
    // Closing it would remove the file.
    await Deno.rename(path, left);
  }
  using stale = open({ host: left, port: 0 });
  await stale.until("connect");
  using gone = open({ host: `${path}s`, port: 0 });
  await gone.until("connect");
  using long = open({ host: `${path}${"s".repeat(200)}`, port: 0 });
  await long.until("connect");
  using folderItself = open({ host: folder, port: 0 });
  await folderItself.until("connect");
  using bound = open({ host: path, port: 0 }, { from: local });
  await bound.until("connect");
  using secured = open({ host: path, port: 0 }, { tls });
  await secured.until("connect");
  assertEquals(
    [stale, gone, long, folderItself, bound, secured].map(({ lines }) =>
      lines.join()
    ),
    ["ECONNREFUSED", "ENOENT", "EINVAL", "ENOTSOCK", "ENOSYS", "ENOSYS"].map(
      (code) => `connect ${code}`,
    ),
  );
  assertEquals(gone.message, `there is no socket ${path}s`);
  await Deno.remove(folder, { recursive: true });
});

/** The ways that bytes take: how to listen, and what else to order. */
const ways: Readonly<Record<string, [() => Server, StoryOptions]>> = {
  "TCP": [() => listen(), {}],
  "TLS": [() => listenTls(), { tls }],
  "TCP from another address": [() => listen(), { from: "127.0.0.5" }],
};

for (const [way, [begin, options]] of Object.entries(ways)) {
  Deno.test(`write() and onBytes carry all bytes in their order by ${way}`, async () => {
    using server = begin();
    const lengths: number[] = [];
    const streams = createStreams();
    let heard = "";
    const { promise, resolve } = Promise.withResolvers<void>();
    const stream = streams.open({
      to: server.at,
      from: null,
      tls: null,
      ...options,
      onConnected() {},
      onOpen() {
        for (let k = 0; k < 1000; k++) stream.write(encode(`${k} `));
      },
      onBytes(bytes) {
        lengths.push(bytes.length);
        heard += decode(bytes);
      },
      onEnd: resolve,
      onFault: (_, fault) => {
        throw new Error(fault.message);
      },
    });
    const peer = await server.accept();
    const wanted = Array.from({ length: 1000 }, (_, k) => `${k} `).join("");
    let got = "";
    while (got.length < wanted.length) {
      const buffer = new Uint8Array(1000);
      got += decode(buffer.subarray(0, await peer.read(buffer) ?? 0));
    }
    assertEquals(got, wanted);
    const said = "0123456789".repeat(10_000);
    const writer = peer.writable.getWriter();
    await writer.write(encode(said));
    await writer.close();
    await promise;
    assertEquals(heard, said);
    assert(lengths.every((length) => length > 0 && length <= 16 * 1024));
  });

  Deno.test(`close() lets a farewell leave by ${way}`, async () => {
    using server = begin();
    using _story = open(server.at, {
      ...options,
      onLine(line, stream) {
        if (line !== "open") return;
        stream.write(encode("fare"));
        stream.write(encode("well"));
        stream.close();
        stream.close();
        stream.write(encode("!"));
      },
    });
    assertEquals(await readAll(await server.accept()), "farewell");
  });

  Deno.test(`onEnd leaves neither a descriptor nor CLOSE_WAIT by ${way}`, async () => {
    using server = begin();
    const before = await settledDescriptors();
    using story = open(server.at, options);
    const peer = await server.accept();
    if ("handshake" in peer) await (peer as Deno.TlsConn).handshake();
    await story.until("open");
    const port = portOf(peer.remoteAddr);
    await peer.write(encode("bye"));
    await peer.closeWrite();
    await story.until("end");
    const lines = [`connected ${port}`, "open", "bytes bye", "end"];
    assertEquals(story.lines, lines);
    // The server's end is left.
    await assertDescriptorsDownTo(before + 1);
    assert(!await waitsForClose(port));
    story.write(encode("nobody hears it"));
    await delay(5);
    assertEquals(story.lines, lines);
  });
}

Deno.test("onFault tells that a connection was reset", async () => {
  for (const from of [null, local]) {
    const listener = Deno.listen({ hostname: local, port: 0 });
    const at = { host: local, port: portOf(listener.addr) };
    using story = open(at, { from });
    await story.until("open");
    // The kernel resets those that nobody has accepted.
    listener.close();
    await story.until("open ECONN");
    assertEquals(story.lines.slice(1), ["open", "open ECONNRESET"]);
  }
});

Deno.test("onFault tells that a peer does not take what is sent to it", async () => {
  using server = listen();
  const before = await settledDescriptors();
  using story = open(server.at);
  const peer = await server.accept();
  await story.until("open");
  const part = new Uint8Array(8 * 1024);
  let most = 0;
  while (!story.lines.includes("open ESTALLED")) {
    story.write(part);
    most += part.length;
    assert(most < 64 * 1024 * 1024);
    await delay(0);
  }
  assertStringIncludes(story.message, "64 KiB");
  peer.close();
  await assertDescriptorsDownTo(before);
});

Deno.test("flush() waits for what a slow peer has not taken, but a second at most", async () => {
  using server = listen();
  const streams = createStreams();
  const before = await settledDescriptors();
  for (const takes of [true, false]) {
    using story = open(server.at, { streams });
    const peer = await server.accept();
    await story.until("open");
    const size = 16 * 1024 * 1024;
    story.write(new Uint8Array(size));
    story.close();
    const read = takes ? readAll(peer) : null;
    const start = performance.now();
    await streams.flush();
    const took = performance.now() - start;
    if (read === null) assert(took > 900 && took < 5000, `${took} ms`);
    else assertEquals((await read).length, size);
    if (read === null) peer.close();
    await assertDescriptorsDownTo(before);
  }
});

Deno.test("flush() lets TLS say goodbye before the process ends", async () => {
  using server = listenTls();
  const script = `
    const { createStreams } = await import("./streams.ts");
    const { authority } = await import("../testing/certificates.ts");
    const streams = createStreams();
    const stream = streams.open({
      to: ${JSON.stringify(server.at)},
      from: null,
      tls: { name: "127.0.0.1", authorities: [authority] },
      onConnected() {},
      async onOpen() {
        stream.write(new TextEncoder().encode("farewell"));
        stream.close();
        await streams.flush();
        Deno.exit(7);
      },
      onBytes() {},
      onEnd() {},
      onFault: (_, fault) => console.log(fault),
    });`;
  const [outcome, heard] = await Promise.all([
    runScript(script),
    // It fails if the end of the stream is not told by TLS.
    server.accept().then(readAll),
  ]);
  assertEquals([outcome.code, outcome.stdout, heard], [7, "", "farewell"]);
});

/** Moments at which a connection is closed: where, how, and after which line. */
const moments: [
  string,
  () => Server | Promise<Server>,
  StoryOptions,
  string,
][] = [
  ["before anything", () => listen(), {}, ""],
  ["while it is connected", () => listenBusy(), {}, "-"],
  ["when it is connected", () => listen(), {}, "connected"],
  ["when it is open", () => listen(), {}, "open"],
  ["when TLS begins", () => listenTls(), { tls }, "connected"],
  ["when TLS is done", () => listenTls(), { tls }, "open"],
  ["before it leaves", () => listen(), { from: local }, ""],
  ["while it is bound", () => listenBusy(), { from: local }, "-"],
  ["when it is bound", () => listen(), { from: local }, "open"],
];

for (const [moment, begin, options, line] of moments) {
  Deno.test(`close() ${moment} leaves nothing, 200 times`, async () => {
    using server = await begin();
    const before = await settledDescriptors();
    const accepts = !["", "-"].includes(line);
    for (let round = 0; round < 10; round++) {
      const stories = Array.from({ length: 20 }, () =>
        open(server.at, {
          ...options,
          onLine: (told, stream) => {
            if (line !== "" && told.startsWith(line)) stream.close();
          },
        }));
      if (line === "-") await delay(10);
      if (!accepts) { for (const story of stories) story.close(); }
      else {
        const peers = await Promise.all(stories.map(() => server.accept()));
        await Promise.all(stories.map((story) => story.until(line)));
        for (const peer of peers) peer.close();
      }
      await delay(5);
      for (const { lines } of stories) {
        if (accepts) assert(lines.at(-1)!.startsWith(line), lines.join());
        else assertEquals(lines, []);
      }
    }
    await assertDescriptorsDownTo(before);
  });
}

Deno.test("close() during a handshake leaves one descriptor while the server is silent", async () => {
  const streams = createStreams();
  const before = await settledDescriptors();
  {
    using server = listen();
    for (let round = 0; round < 200; round++) {
      using story = open(server.at, { tls, streams });
      const peer = await server.accept();
      await story.until("connected");
      if (round % 2 === 1) await peer.read(new Uint8Array(1000));
      story.close();
      assertEquals(story.lines.length, 1);
      // Its own end, and the listener.
      const most = before + 1 + 1 + (round + 1);
      await assertDescriptorsDownTo(most);
    }
  }
  await assertDescriptorsDownTo(before);
});

Deno.test("open() speaks to a server that was silent, and does again", async () => {
  const streams = createStreams();
  const before = await settledDescriptors();
  let at: Endpoint;
  {
    using server = listen();
    at = server.at;
    using story = open(at, { tls, streams });
    await server.accept();
    await story.until("connected");
    story.close();
    using ended = open(at, { tls, streams });
    (await server.accept()).close();
    await ended.until("tls");
    assertEquals(ended.lines.slice(1), ["tls EOF"]);
  }
  for (const isSilent of [true, false]) {
    using mute = listen(local, at.port);
    if (!isSilent) break;
    using story = open(at, { tls, streams });
    await mute.accept();
    await story.until("connected");
  }
  using server = listenTls(certificates.good, at.port);
  const used: number[] = [];
  for (let round = 0; round < 2; round++) {
    const start = await settledDescriptors();
    using story = open(at, { tls, streams });
    const peer = await server.accept();
    await (peer as Deno.TlsConn).handshake();
    await story.until("open");
    used.push(descriptors() - start);
    await peer.write(encode("hello"));
    await story.until("bytes hello");
    story.write(encode("farewell"));
    story.close();
    assertEquals(await readAll(peer), "farewell");
    await assertDescriptorsDownTo(before + 1);
  }
  // Both ends, and those of the relay at first.
  assertEquals(used, [4, 2]);
});

/** What comes of a certificate: whose, for which name, with which authorities, and the message or what ends it. */
const certified: [
  Exclude<keyof typeof certificates, "authority">,
  string,
  readonly string[],
  string | null,
][] = [
  ["good", local, [authority], null],
  ["good", "::1", [authority], null],
  ["good", "peer.example", [certificates.expired.cert, authority], null],
  ["good", "peer.example", [certificates.expired.cert + authority], null],
  ["good", local, [], "is of an authority that is not trusted"],
  [
    "good",
    "127.0.0.9",
    [authority],
    "is for 127.0.0.1, ::1, peer.example and not for 127.0.0.9",
  ],
  ["otherName", "other.example", [authority], null],
  ["otherName", local, [authority], "is for other.example and not"],
  ["nameless", "peer.example", [authority], "has no name in it"],
  ["expired", local, [authority], "has expired on 2020-01-02"],
  ["future", local, [authority], "is not valid before 2100-01-01"],
  ["selfSigned", local, [authority], "is of an authority that is not trusted"],
  ["selfSigned", local, [certificates.selfSigned.cert], null],
  [
    "selfSignedAuthority",
    local,
    [certificates.selfSignedAuthority.cert],
    "is an authority's own (CA:TRUE)",
  ],
];

for (const [which, name, authorities, flaw] of certified) {
  const trusted = authorities.length === 0 ? "nobody" : "an authority";
  Deno.test(`open() judges a certificate that is ${which}, for ${name}, trusting ${trusted}`, async () => {
    using server = listenTls(certificates[which]);
    using story = open(server.at, { tls: { name, authorities } });
    const peer = await server.accept() as Deno.TlsConn;
    await peer.handshake().catch(() => {});
    await story.until(flaw === null ? "open" : "tls");
    const [, line] = story.lines;
    assertEquals(line, flaw === null ? "open" : "tls ECERTIFICATE");
    const message = flaw === null ? "" : `the certificate of ${local} ${flaw}`;
    assertStringIncludes(story.message, message);
  });
}

Deno.test("open() refuses names and authorities that can't be", async () => {
  using server = listen();
  const before = await settledDescriptors();
  const junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  for (
    const [name, authorities, words] of [
      ["no name", [], "no certificates for such a name"],
      [local, [junk], "can't be read"],
    ] as const
  ) {
    using story = open(server.at, { tls: { name, authorities } });
    (await server.accept()).close();
    await story.until("tls");
    assertEquals(story.lines.slice(1), ["tls EINVAL"]);
    assertStringIncludes(story.message, words);
    await assertDescriptorsDownTo(before);
  }
});

/** What servers without TLS say, and what comes of it. */
const silly: [string, string][] = [
  ["SSH-2.0-OpenSSH_9.2\r\n", "EPROTO"],
  ["HTTP/1.1 400 Bad Request\r\n\r\n", "EPROTO"],
  ["\x15\x03\x03\0\x02\x02\x28", "EPROTO"],
  ["\x15\x03\x03\0\x02\x02\x46", "EPROTO"],
  ["", "EOF"],
];

Deno.test("open() tells servers that speak no TLS, or end before they do", async () => {
  for (const [said, code] of silly) {
    using server = listen();
    using story = open(server.at, { tls });
    const peer = await server.accept();
    await peer.read(new Uint8Array(1000));
    await peer.write(encode(said));
    await peer.closeWrite();
    await story.until("tls");
    assertEquals(story.lines.slice(1), [`tls ${code}`], said);
  }
  const listener = Deno.listen({ hostname: local, port: 0 });
  const at = { host: local, port: portOf(listener.addr) };
  using story = open(at, { tls });
  await story.until("connected");
  await delay(20);
  listener.close();
  await story.until("tls");
  assertEquals(story.lines.slice(1), ["tls ECONNRESET"]);
});

Deno.test("open() leaves from the address that was ordered", async () => {
  using server = listen();
  using story = open(server.at, { from: "127.0.0.5" });
  const { hostname, port } = (await server.accept()).remoteAddr as Deno.NetAddr;
  await story.until("open");
  assertEquals([hostname, story.lines[0]], ["127.0.0.5", `connected ${port}`]);
});

Deno.test("open() calls nothing a refusal that is none, from whichever address", async () => {
  const port = freePort();
  const rows: [Endpoint, StoryOptions, string, string][] = [
    [{ host: local, port }, { from: local }, "ECONNREFUSED", local],
    [{ host: "::1", port }, { from: "::1" }, "ECONNREFUSED", "::1"],
    // Neither family fits the other.
    [{ host: "::1", port }, { from: local }, "EAFNOSUPPORT", "::1"],
    [{ host: local, port }, { from: "::1" }, "EINVAL", local],
    [
      { host: local, port },
      { from: "192.0.2.77" },
      "EADDRNOTAVAIL",
      "192.0.2.77",
    ],
    [{ host: local, port }, { from: local, tls }, "ENOSYS", "plain TCP"],
  ];
  for (const [to, options, code, words] of rows) {
    using story = open(to, options);
    await story.until("connect ");
    assertEquals(story.lines, [`connect ${code}`], options.from ?? "");
    assertStringIncludes(story.message, words);
  }
});
