import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { latin1, latin1Bytes } from "./octets.ts";
import { probe204 } from "./probe204.ts";
import type { Heard } from "./protocol.ts";
import { mutations } from "./test_dialogue.ts";
import { hear, hearCut, requestOf, response } from "./test_portal.ts";

function flaw(note: string): Heard {
  return { type: "flaw", flaw: "protocol", note };
}

function dead(note: string): Heard {
  return { type: "dead", sign: "portal", note };
}

const page = dead("answered 200 with a page of its own");

Deno.test("probe204 asks for the path of its target", () => {
  assertStringIncludes(
    requestOf(probe204, { path: "/generate_204" }),
    "GET /generate_204 HTTP/1.1\r\n",
  );
  assertStringIncludes(requestOf(probe204), "GET / HTTP/1.1\r\n");
});

Deno.test("probe204 takes exactly 204 for life, and a portal's answers for death", () => {
  const rows: [what: string, response: string, heard: Heard][] = [
    [
      "204",
      "HTTP/1.1 204 No Content\r\n\r\n",
      { type: "alive", note: "answered 204" },
    ],
    [
      "204 with a length",
      "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
      { type: "alive", note: "answered 204" },
    ],
    [
      "after an interim response",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
      { type: "alive", note: "answered 204" },
    ],
    [
      "a redirect",
      "HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/login?ip=1\r\n\r\n",
      dead("answered 302 (to http://10.0.0.1)"),
    ],
    [
      "the server itself, over TLS",
      "HTTP/1.1 301 Moved\r\nLocation: https://192.0.2.1/generate_204\r\n\r\n",
      flaw("answered 301 (to https://192.0.2.1)"),
    ],
    [
      "a host that only begins like it",
      "HTTP/1.1 301 Moved\r\nLocation: https://192.0.2.1.portal.example/\r\n\r\n",
      dead("answered 301 (to https://192.0.2.1.portal.example)"),
    ],
    ["another", "HTTP/1.1 307 Here\r\n\r\n", dead("answered 307")],
    ["511", "HTTP/1.1 511 Log in\r\n\r\n<html>", dead("answered 511")],
    ["a page", "HTTP/1.1 200 OK\r\n\r\n<html>success</html>", page],
    ["one byte", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!", page],
    [
      "chunks",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n!",
      page,
    ],
    [
      "a page that is packed",
      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\n\x1f\x8b\x08",
      page,
    ],
    [
      "200 with nothing",
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      flaw("answered 200 with an empty body"),
    ],
    [
      "200 with no chunk",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      flaw("answered 200 with an empty body"),
    ],
    [
      "200 whose body did not come",
      "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
      { type: "unable", note: "closed amid its answer" },
    ],
    ["another 2xx", "HTTP/1.1 202 Accepted\r\n\r\nx", flaw("answered 202")],
    ["304", "HTTP/1.1 304 Not Modified\r\n\r\n", flaw("answered 304")],
    ["404", "HTTP/1.1 404 Not Found\r\n\r\n<html>", flaw("answered 404")],
    ["407", "HTTP/1.1 407 Log in\r\n\r\n", flaw("answered 407")],
    [
      "503",
      "HTTP/1.1 503 Busy\r\n\r\n<html>",
      { type: "unable", note: "answered 503" },
    ],
    ["nothing", "", { type: "unable", note: "closed without an answer" }],
    ["another protocol", "220 mail.example", flaw("does not speak HTTP")],
  ];
  for (const [what, text, heard] of rows) {
    assertEquals(hearCut(probe204, latin1Bytes(text)), heard, what);
  }
});

Deno.test("probe204 makes no life and no death of what changed by chance", () => {
  for (const status of ["200 OK", "204 No Content", "404 No"]) {
    const bytes = response("<html>204</html>", { status });
    for (const mutant of mutations(bytes, 3_000)) {
      const text = latin1(mutant);
      const heard = hear(probe204, [mutant]);
      if (heard.type === "alive") {
        assert(/^HTTP\/1\.\d 204[ \r\n]/.test(text), text);
      }
      if (heard.type === "dead") {
        assert(/^HTTP\/1\.\d (?:200|3\d\d|511)[ \r\n]/.test(text), text);
      }
    }
  }
});
