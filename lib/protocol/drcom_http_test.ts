import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { drcomHttp } from "./drcom_http.ts";
import { latin1, latin1Bytes } from "./octets.ts";
import type { Heard } from "./protocol.ts";
import { mutations } from "./test_dialogue.ts";
import { hear, hearCut, requestOf, response } from "./test_portal.ts";

const dead: Heard = {
  type: "dead",
  sign: "not_online",
  note: "says result 0",
};

const bare: Heard = { type: "alive", note: "logged in", portal: {} };

const alice: Heard = {
  type: "alive",
  note: "logged in",
  portal: { user: "alice" },
};

function flaw(note: string): Heard {
  return { type: "flaw", flaw: "protocol", note };
}

const other = flaw("answered, but not as a portal of this kind does");

Deno.test("drcomHttp asks for the state", () => {
  assertStringIncludes(
    requestOf(drcomHttp),
    "GET /drcom/chkstatus?callback=dr1001&jsVersion=4.X HTTP/1.1\r\n",
  );
});

Deno.test("drcomHttp tells three values", () => {
  const rows: [what: string, body: string, heard: Heard][] = [
    [
      "online",
      'dr1001({"result":1,"uid":"alice","v46ip":"10.99.0.1","time":60,"flow":2,"NID":"x"})',
      {
        type: "alive",
        note: "logged in from 10.99.0.1 for 1h",
        portal: {
          user: "alice",
          address: "10.99.0.1",
          secondsOnline: 3600,
          bytes: 2048,
        },
      },
    ],
    ["online, in brief", 'dr1001({"result":1})', bare],
    ["a number as text", 'dr1001({"result":"1","uid":"alice"})', alice],
    ["without a callback's name", '({"result":1,"uid":"alice"})', alice],
    ["without a callback", '{"result":1,"uid":"alice"}', alice],
    ["another name", 'dr1001({"result":1,"uid":"","AC":"alice"})', alice],
    [
      "GB18030",
      'dr1001({"result":1,"uid":"alice","NID":"\xd0\xa3\xd4\xb0\xcd\xf8"})',
      alice,
    ],
    [
      "GB18030 with a backslash",
      'dr1001({"result":1,"NID":"\x81\x5c","uid":"alice"})',
      alice,
    ],
    ["offline", 'dr1001({"result":0,"v46ip":"10.99.0.1"})', dead],
    ["offline, a number as text", 'dr1001({"result":"0"})', dead],
    ["another", 'dr1001({"result":2,"msg":"?"})', flaw("says result 2")],
    ["a fraction", 'dr1001({"result":0.5})', flaw("says result 0.5")],
    ["negative", 'dr1001({"result":-1})', other],
    ["true", 'dr1001({"result":true})', other],
    ["false", 'dr1001({"result":false})', other],
    ["null", 'dr1001({"result":null})', other],
    ["empty", 'dr1001({"result":""})', other],
    ["a list", 'dr1001({"result":[1]})', other],
    ["nothing", "dr1001({})", other],
    ["a page", "<html>result 1</html>", flaw("answered with a web page")],
    ["an empty body", "", flaw("answered with an empty body")],
  ];
  for (const [what, body, heard] of rows) {
    assertEquals(hearCut(drcomHttp, response(latin1Bytes(body))), heard, what);
  }
  const busy = response("", { status: "502 Bad Gateway" });
  assertEquals(hear(drcomHttp, [busy]), {
    type: "unable",
    note: "answered 502",
  });
});

Deno.test("drcomHttp makes no life and no death of what changed by chance", () => {
  const bodies = [
    'dr1001({"result":1,"uid":"alice"})',
    'dr1001({"result":0})',
    'dr1001({"result":2})',
    "<html>result 1</html>",
  ];
  for (const body of bodies) {
    for (const mutant of mutations(response(body), 3_000)) {
      const text = latin1(mutant);
      const { type } = hear(drcomHttp, [mutant]);
      if (type !== "alive" && type !== "dead") continue;
      assert(/^HTTP\/1\.\d 200[ \r\n]/.test(text), text);
      const proof = type === "alive"
        ? /"result":\s*"?0*1\b/
        : /"result":\s*"?0/;
      assert(proof.test(text), text);
    }
  }
});
