import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { captive } from "./captive.ts";
import { latin1 } from "./octets.ts";
import type { Heard } from "./protocol.ts";
import { mutations } from "./test_dialogue.ts";
import { hear, hearCut, requestOf, response } from "./test_portal.ts";

const type = "application/captive+json";

function flaw(note: string): Heard {
  return { type: "flaw", flaw: "protocol", note };
}

function dead(note: string): Heard {
  return { type: "dead", sign: "portal", note };
}

const silent = flaw("does not say whether this machine is captive");

Deno.test("captive asks for its media type, past all caches", () => {
  const request = requestOf(captive, { path: "/api?x=y", port: 443 });
  assertStringIncludes(request, "GET /api?x=y HTTP/1.1\r\n");
  assertStringIncludes(request, `\r\nAccept: ${type}\r\n`);
  assertStringIncludes(request, "\r\nCache-Control: no-cache\r\n");
  assertStringIncludes(requestOf(captive), "GET / HTTP/1.1\r\n");
});

Deno.test("captive tells three values", () => {
  const rows: [what: string, body: string, heard: Heard][] = [
    ["open", '{"captive":false}', { type: "alive", note: "not captive" }],
    [
      "open for a while",
      '{"captive": false, "user-portal-url": "https://lab.example/", "seconds-remaining": 326, "can-extend-session": true}',
      {
        type: "alive",
        note: "not captive, 326s left",
        portal: { secondsLeft: 326 },
      },
    ],
    ["captive", '{"captive":true}', dead("says captive")],
    [
      "captive, with a page",
      '{"captive": true, "user-portal-url": "https://lab.example/"}',
      dead("says captive"),
    ],
    ["no key", '{"user-portal-url":"https://lab.example/"}', silent],
    ["a text", '{"captive":"false"}', silent],
    ["a number", '{"captive":0}', silent],
    ["null", '{"captive":null}', silent],
    ["another case", '{"Captive":false}', silent],
    ["deeper", '{"a":{"captive":false}}', silent],
    [
      "a list",
      '[{"captive":false}]',
      flaw("answered, but not as a portal of this kind does"),
    ],
    ["a page", "<html></html>", flaw("answered with a web page")],
    ["nothing", "", flaw("answered with an empty body")],
  ];
  for (const [what, body, heard] of rows) {
    assertEquals(hearCut(captive, response(body, { type })), heard, what);
  }
});

Deno.test("captive minds status and media type", () => {
  const body = '{"captive":false}';
  const open: Heard = { type: "alive", note: "not captive" };
  const types: [type: string, heard: Heard][] = [
    ["Application/Captive+JSON; charset=utf-8", open],
    ["text/html", flaw(`answered with text/html, not ${type}`)],
    ["application/json", flaw(`answered with application/json, not ${type}`)],
    ["", flaw(`answered with no media type, not ${type}`)],
    [
      `${type}, text/html`,
      flaw(`answered with ${type}, text/html, not ${type}`),
    ],
  ];
  for (const [type, heard] of types) {
    assertEquals(hearCut(captive, response(body, { type })), heard, type);
  }
  const statuses: [status: string, heard: Heard][] = [
    ["302 Found", dead("answered 302 (to http://10.0.0.1)")],
    ["307 Temporary Redirect", dead("answered 307 (to http://10.0.0.1)")],
    ["511 Network Authentication Required", dead("answered 511")],
    ["304 Not Modified", flaw("answered 304")],
    ["404 Not Found", flaw("answered 404")],
    ["204 No Content", flaw("answered 204")],
    ["503 Busy", { type: "unable", note: "answered 503" }],
  ];
  const more = ["Location: http://10.0.0.1/login"];
  for (const [status, heard] of statuses) {
    const bytes = response(body, { status, type, more });
    assertEquals(hearCut(captive, bytes), heard, status);
  }
});

Deno.test("captive makes no life and no death of what changed by chance", () => {
  for (const said of ["true", "false", '"false"']) {
    const bytes = response(`{"captive":${said}}`, { type });
    for (const mutant of mutations(bytes, 3_000)) {
      const text = latin1(mutant);
      const heard = hear(captive, [mutant]);
      if (heard.type === "alive") {
        assert(/^HTTP\/1\.\d 200[ \r\n]/.test(text), text);
        assert(text.includes('"captive":false'), text);
      }
      if (heard.type === "dead") {
        assert(/"captive":true|^HTTP\/1\.\d (?:3\d\d|511)/.test(text), text);
      }
    }
  }
});
