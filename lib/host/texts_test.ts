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
