import { assertEquals } from "@std/assert";
import type { HttpHead } from "./http_message.ts";
import { latin1Bytes } from "./octets.ts";
import {
  expectedUser,
  jsonOf,
  judgeStatus,
  loggedIn,
  numberIn,
  otherBody,
  targetOf,
  textIn,
  textOf,
} from "./portal.ts";
import { protocols } from "./protocols.ts";
import { dialogueOf } from "./test_dialogue.ts";
import { requestOf } from "./test_portal.ts";

Deno.test("portalProtocol() makes protocols that hold nothing and prefer IPv4", async () => {
  const portals = protocols.filter(({ scheme }) => /\+https?$/.test(scheme));
  assertEquals(
    portals.map(({ scheme, port }) => [scheme, port]),
    [
      ["srun+http", 80],
      ["srun+https", 443],
      ["drcom+http", 80],
      ["ruijie+http", 80],
      ["captive+https", 443],
      ["probe204+http", 80],
    ],
  );
  for (const row of portals) {
    const protocol = await row.load();
    if (protocol.carrier !== "stream") throw new Error("no stream");
    const isSecure = protocol.port === 443;
    assertEquals(protocol.isSecure, isSecure);
    assertEquals(protocol.hold, "never");
    assertEquals(protocol.prefersIpv4, true);
    assertEquals(protocol.hasPath, true);
    assertEquals(protocol.identity, null);
    assertEquals(protocol.deathSigns.length, 1);
    assertEquals("caFile" in protocol.settings, isSecure);
    assertEquals("tlsName" in protocol.settings, isSecure);
    assertEquals("caFile" in protocol.files, isSecure);
    const { tls } = dialogueOf(protocol, {
      values: { tlsName: "other.example" },
      files: { caFile: ["PEM"] },
    });
    const secured = { name: "other.example", authorities: ["PEM"] };
    assertEquals(tls, isSecure ? secured : null);
    const request = requestOf(protocol);
    assertEquals(/\r\nHost: 192\.0\.2\.1\r\n/.test(request), true);
    assertEquals(/\r\nConnection: close\r\n/.test(request), true);
  }
});

Deno.test("targetOf() adds a query to the usual path or the one of the target", () => {
  const rows: [path: string, target: string][] = [
    ["", "/usual?a=b"],
    ["/", "/usual?a=b"],
    ["/other", "/other?a=b"],
    ["/other?c=d", "/other?c=d&a=b"],
    ["/other#e", "/other?a=b"],
    ["/?c=d", "/?c=d&a=b"],
  ];
  for (const [path, target] of rows) {
    assertEquals(targetOf(path, "/usual", "a=b"), target, path);
  }
});

Deno.test("judgeStatus() goes on with 200 alone, in plain", () => {
  const head = (status: number, fields: Record<string, string> = {}) =>
    ({ status, fields: new Map(Object.entries(fields)) }) as HttpHead;
  const flaw = (note: string) => ({ type: "flaw", flaw: "protocol", note });
  assertEquals(judgeStatus(head(200)), null);
  assertEquals(
    judgeStatus(head(200, { "content-encoding": "identity" })),
    null,
  );
  assertEquals(
    judgeStatus(head(200, { "content-encoding": "gzip" })),
    flaw("answered with gzip encoding, unasked") as never,
  );
  for (const status of [500, 502, 503, 511, 599]) {
    const note = `answered ${status}`;
    assertEquals(judgeStatus(head(status)), { type: "unable", note });
  }
  for (const status of [101, 201, 204, 206, 302, 304, 400, 401, 404, 429]) {
    const note = `answered ${status}`;
    assertEquals(judgeStatus(head(status)), flaw(note) as never);
  }
  const redirects: [location: string, note: string][] = [
    ["http://10.0.0.1/login?user=alice", "answered 302 (to http://10.0.0.1)"],
    ["HTTPS://gw.example:8443", "answered 302 (to HTTPS://gw.example:8443)"],
    ["http://alice:secret@gw.example/", "answered 302"],
    ["/login?user=alice", "answered 302"],
    ["javascript:alert(1)", "answered 302"],
    [`http://${"x".repeat(99)}/`, `answered 302 (to http://${"x".repeat(53)})`],
    ["http://a\u009bb/", "answered 302 (to http://a\\u009bb)"],
  ];
  for (const [location, note] of redirects) {
    assertEquals(judgeStatus(head(302, { location })), flaw(note) as never);
  }
  assertEquals(
    judgeStatus(head(404, { location: "http://10.0.0.1/" })),
    flaw("answered 404") as never,
  );
});

Deno.test("jsonOf() reads an object, called or bare, and nothing else", () => {
  const a = { a: 1 };
  const rows: [text: string, json: object | null][] = [
    ['{"a":1}', a],
    [' {"a":1}\r\n', a],
    ['\ufeff{"a":1}', a],
    ['cb({"a":1})', a],
    ['cb({"a":1});', a],
    [' jQuery_1.cb$ ( {"a":1} ) ; ', a],
    ['({"a":1})', a],
    ['cb({"a":")};{("})', { a: ")};{(" }],
    ["", null],
    ["null", null],
    ["[1]", null],
    ['[{"a":1}]', null],
    ['cb([{"a":1}])', null],
    ['cb({"a":1}', null],
    ['{"a":1})', null],
    ['cb{"a":1}', null],
    ['cb({"a":1})({"a":1})', null],
    ['alert(1);cb({"a":1})', null],
    ['if(x){cb({"a":1})}', null],
    ['<script>cb({"a":1})</script>', null],
    ['cb({"a":1}) <html>', null],
    ["cb({a:1})", null],
    ["cb({'a':1})", null],
    ["}{", null],
    ["{", null],
    ["}", null],
    ["{".repeat(60_000) + "}".repeat(60_000), null],
    [" ".repeat(60_000), null],
    ["a".repeat(60_000) + "{}", null],
  ];
  for (const [text, json] of rows) {
    assertEquals(jsonOf(text), json, text.slice(0, 40));
  }
});

Deno.test("textOf() reads UTF-8, and of GB18030 what is ASCII", () => {
  const rows: [bytes: string, text: string][] = [
    ["\xe6\xa0\xa1", "校"],
    ["\xef\xbb\xbf{}", "{}"],
    // 校园网 in GB2312
    ['"\xd0\xa3\xd4\xb0\xcd\xf8"', '"\ufffd\ufffd\ufffd"'],
    // Second bytes that would be a backslash, braces and an at sign
    ['"\x81\x5c"', '"\ufffd"'],
    ['{"\x81\x7b":"\x81\x7d\x81@"}', '{"\ufffd":"\ufffd\ufffd"}'],
    // Four bytes
    ['"\x82\x35\x95\x32"', '"\ufffd"'],
    // Halves
    ['"\xd0"', '"\ufffd"'],
    ["\xff1\x80", "\ufffd1\ufffd"],
  ];
  for (const [bytes, text] of rows) {
    assertEquals(textOf(latin1Bytes(bytes)), text);
  }
});

Deno.test("textIn() and numberIn() read what can be shown and counted", () => {
  const json = {
    empty: " ",
    name: " alice ",
    number: 12,
    foreign: "a\ufffd",
    evil: "a\u001b[2J",
    long: "x".repeat(1_000),
    object: {},
    none: null,
  };
  assertEquals(textIn(json, "empty", "name"), "alice");
  assertEquals(textIn(json, "none", "object", "absent", "foreign"), undefined);
  assertEquals(textIn(json, "number"), "12");
  assertEquals(textIn(json, "evil"), "a\\u001b[2J");
  assertEquals(textIn(json, "long")?.length, 128);
  const numbers: [value: unknown, number: number | undefined][] = [
    [0, 0],
    [1.5, 1.5],
    ["123", 123],
    ["1.5", 1.5],
    [-1, undefined],
    ["-1", undefined],
    ["", undefined],
    [" 1", undefined],
    ["0x1", undefined],
    ["1e3", undefined],
    ["9".repeat(400), undefined],
    [true, undefined],
    [null, undefined],
    [[1], undefined],
    [undefined, undefined],
  ];
  for (const [value, number] of numbers) {
    assertEquals(numberIn({ value }, "value"), number, `${value}`);
  }
});

Deno.test("loggedIn() warns of another user, and keeps names out of what it says", () => {
  const warning = "logged in as another user than expected";
  const rows: [
    user: string | undefined,
    expected: string | null,
    warns: boolean,
  ][] = [
    ["alice", "alice", false],
    ["alice@campus", "alice", false],
    ["alice@campus", "alice@campus", false],
    ["alice", "alice@campus", true],
    ["alice2", "alice", true],
    ["Alice", "alice", true],
    ["bob@alice", "alice", true],
    ["bob", "alice", true],
    ["bob", null, false],
    [undefined, "alice", false],
  ];
  for (const [user, expected, warns] of rows) {
    assertEquals(
      loggedIn({ user }, expected),
      {
        type: "alive",
        note: "logged in",
        portal: user === undefined ? {} : { user },
        ...warns && { warning },
      },
      `${user} ${expected}`,
    );
  }
  assertEquals(
    loggedIn({
      user: "alice",
      address: "10.99.0.1",
      secondsOnline: 3_600.4,
      bytes: 5,
    }, null),
    {
      type: "alive",
      note: "logged in from 10.99.0.1 for 1h",
      portal: {
        user: "alice",
        address: "10.99.0.1",
        secondsOnline: 3_600.4,
        bytes: 5,
      },
    },
  );
  assertEquals(loggedIn({ address: "alice" }, null), {
    type: "alive",
    note: "logged in",
    portal: {},
  });
});

Deno.test("expectedUser() reads the text of the setting", () => {
  const rows: [text: unknown, user: string | null][] = [
    [null, null],
    [undefined, null],
    ["alice", "alice"],
    ["校", "校"],
    ["CAMPUS\\\\alice", "CAMPUS\\alice"],
    ["/\\d/", "/\\d/"],
  ];
  for (const [expect, user] of rows) {
    assertEquals(expectedUser({ values: { expect } }), user);
  }
});

Deno.test("otherBody() says what a body is", () => {
  const rows: [string, string][] = [
    ["", "answered with an empty body"],
    [" \r\n", "answered with an empty body"],
    // Reading this must not take time that grows with its square.
    ["<title".repeat(200_000), "answered with a web page"],
    ["\n<html>", "answered with a web page"],
    [
      "<!doctype html><TITLE lang=en>\n Log\x1b  in </title>",
      'answered with the web page "Log\\u001b in"',
    ],
    ["<title></title>", "answered with a web page"],
    ["hello", "answered, but not as a portal of this kind does"],
  ];
  for (const [text, note] of rows) {
    assertEquals(otherBody(text), { type: "flaw", flaw: "protocol", note });
  }
});
