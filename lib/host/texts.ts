/**
 * Texts that programs on this machine ask for by HTTP.
 *
 * @module
 */
import type { Endpoint, Fault, TextServer, TextServers } from "../world.ts";
import { networkFault } from "./os_error.ts";

/** How many answers are under way at a time, since readers may be slow; others are told to come again. */
const mostAnswers = 8;

/** Serves a text at a path to whoever asks for it by GET. Nothing that is sent along is read. */
export const serveText: TextServers["serve"] = (
  at: Endpoint,
  { path, type, render },
): Promise<TextServer | Fault> => {
  let answers = 0;
  const answer = (
    request: Request,
    { completed }: Deno.ServeHandlerInfo,
  ): Response => {
    if (new URL(request.url).pathname !== path) {
      return text(404, `Only ${path} is here.\n`);
    }
    if (request.method !== "GET") {
      return text(405, "Only GET is allowed.\n", { allow: "GET" });
    }
    if (answers >= mostAnswers) {
      return text(503, "Busy.\n", { "retry-after": "1" });
    }
    answers++;
    const done = () => answers--;
    completed.then(done, done);
    return text(200, render(), { "content-type": type });
  };
  try {
    const server = Deno.serve({
      hostname: at.host,
      port: at.port,
      onListen() {},
      onError: () => text(500, "It failed.\n"),
    }, answer);
    // It keeps no process alive.
    server.unref();
    return Promise.resolve({
      port: server.addr.port,
      close: () => server.shutdown(),
    });
  } catch (error) {
    const { host, port } = at;
    return Promise.resolve(networkFault(error, `${host}:${port}`));
  }
};

function text(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(body, {
    status,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      // Somebody who asks seldom must not hold a descriptor.
      connection: "close",
      ...headers,
    },
  });
}
