import { assert, assertEquals } from "@std/assert";
import { isFault, type TextServer } from "../world.ts";
import { serveText } from "./texts.ts";

/** Serves a text at a port of the system's choice. */
async function serve(render = () => "a 1\n") {
  const at = { host: "127.0.0.1", port: 0 };
  const options = {
    path: "/metrics",
    type: "text/plain; version=0.0.4",
    render,
  };
  const server = await serveText(at, options) as TextServer;
  assert(!isFault(server));
  const url = `http://127.0.0.1:${server.port}`;
  return {
    server,
    /** The status, and the text. */
    async ask(path: string, init?: RequestInit): Promise<[number, string]> {
      const response = await fetch(url + path, init);
      return [response.status, await response.text()];
    },
    url,
    [Symbol.asyncDispose]: () => server.close(),
  };
}

Deno.test("serveText() answers GET at its path, and nothing else", async () => {
  await using place = await serve();
  assertEquals(await place.ask("/metrics"), [200, "a 1\n"]);
  assertEquals(await place.ask("/metrics?a"), [200, "a 1\n"]);
  assertEquals((await place.ask("/"))[0], 404);
  assertEquals((await place.ask("/metrics/.."))[0], 404);
  for (const method of ["POST", "PUT", "DELETE"]) {
    const body = "x".repeat(100_000);
    assertEquals((await place.ask("/metrics", { method, body }))[0], 405);
  }
  const { headers, body } = await fetch(`${place.url}/metrics`);
  await body?.cancel();
  assertEquals(headers.get("content-type"), "text/plain; version=0.0.4");
});

Deno.test("serveText() survives a text that can't be made", async () => {
  let isBroken = true;
  await using place = await serve(() => {
    if (isBroken) throw new Error("broken");
    return "a 1\n";
  });
  assertEquals((await place.ask("/metrics"))[0], 500);
  isBroken = false;
  assertEquals((await place.ask("/metrics"))[0], 200);
});

Deno.test("serveText() says why it can't, and frees the port at its end", async () => {
  const place = await serve();
  const { port } = place.server;
  const at = { host: "127.0.0.1", port };
  const options = { path: "/", type: "text/plain", render: () => "" };
  const taken = await serveText(at, options);
  assert(isFault(taken));
  assertEquals(taken.code, "EADDRINUSE");
  await place.server.close();
  const again = await serveText(at, options);
  assert(!isFault(again));
  await again.close();
});

/** Connects, and says something. Resolves to all that comes back; the end of the connection ends it, however that comes. */
async function say(
  port: number,
  words: string,
): Promise<{ answer: Promise<string>; close(): void }> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(words));
  const answer = async () => {
    let text = "";
    const bytes = new Uint8Array(1_000);
    for (;;) {
      const read = await connection.read(bytes).catch(() => null);
      if (read === null) return text;
      text += new TextDecoder().decode(bytes.subarray(0, read));
    }
  };
  return { answer: answer(), close: () => connection.close() };
}

Deno.test("serveText() refuses what is no request, or too long a one", async () => {
  await using place = await serve();
  const rows: [words: string, status: string][] = [
    ["GET /metrics HTTP/1.0\r\n\r\n", "200 OK"],
    ["GET http://other/metrics HTTP/1.1\r\nhost: other\r\n\r\n", "200 OK"],
    ["GET /metrics HTTP/1.1\n\n", "200 OK"],
    ["HEAD /metrics HTTP/1.1\r\n\r\n", "405 Method Not Allowed"],
    ["GET http://[ HTTP/1.1\r\n\r\n", "404 Not Found"],
    ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400 Bad Request"],
    ["\x16\x03\x01\r\n\r\n", "400 Bad Request"],
    [`GET /metrics HTTP/1.1\r\na: ${"x".repeat(9_000)}`, "400 Bad Request"],
  ];
  for (const [words, status] of rows) {
    const { answer, close } = await say(place.server.port, words);
    const [line] = (await answer).split("\r\n");
    assertEquals(line, `HTTP/1.1 ${status}`, words.slice(0, 40));
    close();
  }
});

Deno.test("serveText() ends connections that say nothing in time", async () => {
  await using place = await serve();
  const half = await say(place.server.port, "GET /metrics HT");
  assertEquals(await half.answer, "");
  half.close();
});

Deno.test("serveText() answers whoever asks, however many say nothing", async () => {
  await using place = await serve();
  const silent = await Promise.all(
    Array.from({ length: 40 }, () => say(place.server.port, "GET ")),
  );
  assertEquals(await place.ask("/metrics"), [200, "a 1\n"]);
  silent.forEach(({ close }) => close());
});

Deno.test("serveText() ends without waiting for those that say nothing, or read nothing", async () => {
  const long = "a 1\n".repeat(2_000_000);
  const place = await serve(() => long);
  const half = await say(place.server.port, "GET /metrics HT");
  const { port } = place.server;
  const deaf = await Deno.connect({ hostname: "127.0.0.1", port });
  await deaf.write(new TextEncoder().encode("GET /metrics HTTP/1.1\r\n\r\n"));
  // Its first byte is there, so the answer is under way.
  await deaf.read(new Uint8Array(1));
  const start = performance.now();
  await place.server.close();
  const took = performance.now() - start;
  assert(took < 1_500, `${took} ms`);
  assertEquals(await half.answer, "");
  half.close();
  deaf.close();
});
