import { assertEquals, assertThrows } from "@std/assert";
import { bytesOf, toHex } from "./test_dialogue.ts";
import {
  caFileContent,
  expect,
  expectation,
  headersFileContent,
  octets,
  send,
  tlsName,
  tlsOf,
} from "./stream_settings.ts";

Deno.test("octets() reads UTF-8 and escapes", () => {
  const rows: [text: string, hex: string][] = [
    ["PING", "50 49 4e 47"],
    ["a\\r\\n", "61 0d 0a"],
    ["\\t\\\\r", "09 5c 72"],
    ["\\x00\\xfF\\x41b", "00 ff 41 62"],
    ["ü\\xfc", "c3 bc fc"],
  ];
  for (const [text, hex] of rows) assertEquals(toHex(octets(text)), hex);
});

Deno.test("send and expect refuse what can't be meant", () => {
  const rows: [text: string, ...parsers: (typeof send.parse)[]][] = [
    ["", send.parse, expect.parse],
    ["a\\", send.parse, expect.parse],
    ["\\d", send.parse, expect.parse],
    ["\\R", send.parse, expect.parse],
    ["\\x4", send.parse, expect.parse],
    ["\\xg0", send.parse, expect.parse],
    ["/(/", expect.parse],
    ["/a/ii", expect.parse],
    ["/\u20ac/", expect.parse],
  ];
  for (const [text, ...parsers] of rows) {
    for (const parse of parsers) assertThrows(() => parse(text), RangeError);
  }
  assertEquals(send.parse("/(/"), "/(/");
  assertEquals(expect.parse("/\\d+$/i"), "/\\d+$/i");
});

Deno.test("expectation() finds text anywhere, and what an expression matches", () => {
  const rows: [text: string, said: string, isThere: boolean][] = [
    ["hello", "hello, this is the lab\r\n", true],
    ["hello", "220 hello", true],
    ["hello", "Hello", false],
    ["ok\\r\\n", "ok\n", false],
    ["ok\\r\\n", "ok\r\n", true],
    ["ü", "\xc3\xbc", true],
    ["/^hello,.*lab/", "hello, this is the lab\r\n", true],
    ["/^SSH-/", "hello", false],
    ["/^hello/i", "HELLO", true],
    ["/^b$/m", "a\nb\nc", true],
    ["/a.b/s", "a\nb", true],
    ["/\\xff\\x00/", "\xff\0", true],
    ["/", "a/b", true],
    ["//", "a//b", true],
    ["/usr/bin", "PATH=/usr/bin", true],
  ];
  for (const [text, said, isThere] of rows) {
    assertEquals(expectation(text)(said), isThere, `${text} in ${said}`);
  }
});

Deno.test("caFileContent reads certificates, and nothing else", () => {
  const pem = (name: string, content: string) =>
    `-----BEGIN ${name}-----\n${content}\n-----END ${name}-----`;
  const one = pem("CERTIFICATE", "MIIB+a/=\r\nAAAA");
  const parse = (text: string) => caFileContent.parse(bytesOf(text));
  assertEquals(parse(`# mine\n${one}\n${pem("PRIVATE KEY", "AA")}\n${one}\n`), [
    one,
    one,
  ]);
  const wrong = [
    "",
    "0\x82\x01",
    pem("PRIVATE KEY", "AAAA"),
    pem("CERTIFICATE", ""),
    pem("CERTIFICATE", "AA*A"),
    `${one}\n-----BEGIN CERTIFICATE-----\nAAAA`,
  ].map((text) => text.replace("-----\n\n-----", "----------"));
  for (const text of wrong) assertThrows(() => parse(text), RangeError);
});

Deno.test("headersFileContent reads a header a line", () => {
  const parse = (text: string) => headersFileContent.parse(bytesOf(text));
  assertEquals(
    parse(
      'Authorization: Bearer abc\n\nX-Empty:\nCookie: \ta="\xc3\xbc";\tb \n',
    ),
    [
      "Authorization: Bearer abc",
      "X-Empty: ",
      'Cookie: a="\xc3\xbc";\tb',
    ],
  );
});

Deno.test("headersFileContent says which line is wrong, and never what it has", () => {
  const rows: [text: string, says: string][] = [
    ["", "at least one line"],
    ["\n\n", "at least one line"],
    ["A: b\r\n", "line 1 has a control character"],
    ["A: b\n\nC: sesame\0\n", "line 3 has a control character"],
    ["A: b\nsesame\n", "line 2 has to be NAME: VALUE"],
    ["A : sesame", "line 1 has to be"],
    [": sesame", "line 1 has to be"],
    ["# sesame: b", "line 1 has to be"],
    [" A: sesame", "line 1 has to be"],
    ["HOST: sesame", "line 1 sets HOST"],
    ["upgrade: sesame", "line 1 sets upgrade"],
    ["Connection: sesame", "line 1 sets Connection"],
    ["Sec-WebSocket-Key: sesame", "line 1 sets Sec-WebSocket-Key"],
    ["Sec-WebSocket-Extensions: sesame", "line 1 sets"],
    ["Content-Length: 6", "line 1 sets"],
    ["Transfer-Encoding: chunked", "line 1 sets"],
  ];
  for (const [text, says] of rows) {
    const { message } = assertThrows(
      () => headersFileContent.parse(bytesOf(text)),
      RangeError,
      says,
    );
    assertEquals(message.includes("sesame"), false, message);
  }
});

Deno.test("tlsOf() names the host unless another name is set", () => {
  const setup = {
    identity: "",
    host: "gw.example.",
    port: 443,
    path: "",
    values: {},
    files: {},
  };
  assertEquals(tlsOf(setup), { name: "gw.example", authorities: [] });
  assertEquals(
    tlsOf({
      ...setup,
      values: { tlsName: tlsName.parse("Other.Example") },
      files: { caFile: ["PEM"] },
    }),
    { name: "other.example", authorities: ["PEM"] },
  );
  assertEquals(
    tlsOf({ ...setup, values: { tlsName: null } }).name,
    "gw.example",
  );
  assertEquals(tlsName.parse("[2001:DB8::1]"), "2001:db8::1");
  for (const text of ["", "a:1", "a b", "https://a"]) {
    assertThrows(() => tlsName.parse(text), RangeError);
  }
});
