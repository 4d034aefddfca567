import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { latin1, latin1Bytes } from "./octets.ts";
import type { Heard } from "./protocol.ts";
import { srunHttp, srunHttps } from "./srun_http.ts";
import { mutations } from "./test_dialogue.ts";
import { hear, hearCut, requestOf, response } from "./test_portal.ts";

const page =
  "<!DOCTYPE html><html><body>Please log in. error: ok, not_online_error, alice,1</body></html>";

const online = {
  error: "ok",
  ecode: 0,
  user_name: "alice@campus",
  online_ip: "10.99.0.1",
  sum_seconds: 3600,
  sum_bytes: 123456789,
  res: "ok",
};

const offline = {
  client_ip: "10.99.0.1",
  ecode: 0,
  error: "not_online_error",
  error_msg: "",
  res: "not_online_error",
  srun_ver: "SRunCGIAuthIntfSvr V1.18",
};

const alive: Heard = {
  type: "alive",
  note: "logged in from 10.99.0.1 for 1h",
  portal: {
    user: "alice@campus",
    address: "10.99.0.1",
    secondsOnline: 3600,
    bytes: 123456789,
  },
};

const dead: Heard = {
  type: "dead",
  sign: "not_online",
  note: "says not_online_error",
};

function flaw(note: string): Heard {
  return { type: "flaw", flaw: "protocol", note };
}

const other = flaw("answered, but not as a portal of this kind does");
const bare: Heard = { type: "alive", note: "logged in", portal: {} };

function named(user: string): Heard {
  return { ...bare, portal: { user } } as Heard;
}

function jsonp(value: unknown): string {
  return `lifesign(${JSON.stringify(value)})`;
}

Deno.test("srunHttp asks for the user with a callback of its own", () => {
  assertEquals(
    requestOf(srunHttp).split("\r\n")[0],
    "GET /cgi-bin/rad_user_info?callback=lifesign&_=0 HTTP/1.1",
  );
  assertStringIncludes(
    requestOf(srunHttps, { path: "/x?y=z" }),
    "GET /x?y=z&callback=lifesign&_=0 HTTP/1.1\r\n",
  );
});

Deno.test("srunHttp tells three values of SRUN 4000's JSON", () => {
  const rows: [what: string, body: string, heard: Heard][] = [
    ["online", jsonp(online), alive],
    ["online, bare", JSON.stringify(online), alive],
    ["online, with a BOM", `\ufeff${jsonp(online)}`, alive],
    [
      "numbers as texts",
      jsonp({ ...online, sum_seconds: "3600", sum_bytes: "123456789" }),
      alive,
    ],
    ["nothing but that", 'cb({"error":"ok"})', bare],
    ["no name", jsonp({ error: "ok", user_name: "" }), bare],
    ["a name in UTF-8", jsonp({ error: "ok", user_name: "校" }), named("校")],
    [
      "vectors: online",
      'cb({"error":"ok","online_ip":"10.99.0.1","user_name":"alice"})',
      {
        type: "alive",
        note: "logged in from 10.99.0.1",
        portal: { user: "alice", address: "10.99.0.1" },
      },
    ],
    ["offline", jsonp(offline), dead],
    ["offline, bare", JSON.stringify(offline), dead],
    ["offline, without res", 'cb({"error":"not_online_error"})', dead],
    [
      "another error",
      jsonp({
        ecode: "E2606",
        error: "login_error",
        error_msg: "User is disabled.",
        res: "login_error",
      }),
      flaw("says login_error"),
    ],
    [
      "contradictions",
      jsonp({ ...online, res: "not_online_error" }),
      flaw("says ok"),
    ],
    [
      "contradictions",
      jsonp({ ...offline, res: "ok" }),
      flaw("says not_online_error"),
    ],
    [
      "a longer word",
      jsonp({ error: "not_online_error_2" }),
      flaw("says not_online_error_2"),
    ],
    ["another case", jsonp({ error: "OK" }), flaw("says OK")],
    ["a sentence", jsonp({ error: "not ok, alice" }), other],
    ["no text", jsonp({ error: true }), other],
    ["in a list", jsonp({ error: ["ok"] }), other],
    ["deeper", jsonp({ data: online }), other],
    ["in a list", `[${JSON.stringify(online)}]`, other],
    ["res alone", jsonp({ res: "ok" }), other],
    ["cut off", jsonp(online).slice(0, -3), other],
    [
      "in a script",
      `<script>${jsonp(online)}</script>`,
      flaw("answered with a web page"),
    ],
    ["empty", "{}", other],
  ];
  for (const [what, body, heard] of rows) {
    assertEquals(hearCut(srunHttp, response(body)), heard, what);
  }
});

Deno.test("srunHttp tells three values of SRUN 3000's text", () => {
  const text = "alice,1700000000,1700003600,123,456,0,1,2,10.99.0.1,0,,0";
  const rows: [what: string, body: string, heard: Heard][] = [
    ["online", text, {
      type: "alive",
      note: "logged in from 10.99.0.1 for 1h",
      portal: { user: "alice", address: "10.99.0.1", secondsOnline: 3600 },
    }],
    ["a line end", "alice,1700000000\r\n", named("alice")],
    ["a number for a name", "20231234,1700000000", named("20231234")],
    ["a suffix", "alice@campus,1,2", named("alice@campus")],
    ["login in the future", "alice,1700003600,1700000000", named("alice")],
    ["offline", "not_online_error", dead],
    [
      "offline, short",
      "not_online",
      { ...dead, note: "says not_online" } as Heard,
    ],
    ["offline, with a line end", "not_online_error\n", dead],
    ["offline, and a page", "not_online_error<html>", other],
    ["not at its beginning", "error: not_online_error", other],
    ["a page", page, flaw("answered with a web page")],
    ["nothing", "", flaw("answered with an empty body")],
    ["a name alone", "alice", other],
    ["no number", "alice,bob", other],
    ["no number at first", "alice,x,1", other],
    ["no name", ",1700000000", other],
    ["a sentence", "Please log in,1", other],
    ["an error", "error,404", other],
    ["an error", "login_error,404,Not Found", other],
    ["an error", "E:2606,1", other],
    ["a status", "404,1", other],
    ["a word", "ok,1", other],
    ["a word", "null,0", other],
    ["a word", "not-logged,0", other],
    ["a page behind", "alice,1,<html>", other],
    ["a second line", "alice,1\nbob,2", other],
    ["JSON of another kind", '["alice",1]', other],
  ];
  for (const [what, body, heard] of rows) {
    assertEquals(hearCut(srunHttp, response(body)), heard, what);
  }
  const gb18030 = latin1Bytes("\xd0\xa3\xd4\xb0\xcd\xf8,1700000000");
  assertEquals(hearCut(srunHttp, response(gb18030)), bare);
});

Deno.test("srunHttp takes nothing but status 200 in plain for an answer", () => {
  const status = (status: string, more: string[] = []) =>
    hearCut(srunHttp, response(jsonp(online), { status, more }));
  assertEquals(
    status("302 Found", ["Location: http://10.99.0.25/"]),
    flaw("answered 302 (to http://10.99.0.25)"),
  );
  assertEquals(status("404 Not Found"), flaw("answered 404"));
  assertEquals(status("206 Partial Content"), flaw("answered 206"));
  assertEquals(status("503 Busy"), { type: "unable", note: "answered 503" });
  assertEquals(status("511 Log in"), { type: "unable", note: "answered 511" });
  assertEquals(
    status("200 OK", ["Content-Encoding: gzip"]),
    flaw("answered with gzip encoding, unasked"),
  );
  assertEquals(
    hearCut(srunHttp, response(jsonp(offline), { status: "404 Not Found" })),
    flaw("answered 404"),
  );
});

Deno.test("srunHttp warns of another user than expected", () => {
  const heard = hear(srunHttp, [response(jsonp(online))], {
    values: { expect: "bob" },
  });
  assertEquals(heard, {
    ...alive,
    warning: "logged in as another user than expected",
  } as Heard);
  const text = hear(srunHttp, [response("alice@campus,1")], {
    values: { expect: "alice" },
  });
  assertEquals(text, named("alice@campus"));
});

Deno.test("srunHttp makes no life and no death of what changed by chance", () => {
  const bodies = [
    jsonp(online),
    jsonp(offline),
    jsonp({ error: "login_error" }),
    "alice,1700000000,1700003600",
    "not_online_error",
    page,
  ];
  for (const body of bodies) {
    for (const mutant of mutations(response(body), 3_000)) {
      const text = latin1(mutant);
      const { type } = hear(srunHttp, [mutant]);
      if (type !== "alive" && type !== "dead") continue;
      assert(/^HTTP\/1\.\d 200[ \r\n]/.test(text), text);
      const proof = type === "alive"
        ? /[\s(,{]"error":\s*"ok"|\n\s*[^,\n]+,\d+/
        : /"error":\s*"not_online_error"|\n\s*not_online/;
      assert(proof.test(text), text);
    }
  }
});
