import { assertEquals, assertThrows } from "@std/assert";
import { caFileContent, headersFileContent, tlsOf } from "./stream_files.ts";
import { tlsName } from "./stream_settings.ts";
import { bytesOf } from "./test_dialogue.ts";

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
    ["", "there is none in it, expected lines NAME: VALUE"],
    ["\n\n", "there is none in it, expected lines NAME: VALUE"],
    ["A: b\r\n", "line 1 has a control character"],
    ["A: b\n\nC: sesame\0\n", "line 3 has a control character"],
    ["A: b\nsesame\n", "line 2 is no header, expected lines NAME: VALUE"],
    ["A : sesame", "line 1 is no header"],
    [": sesame", "line 1 is no header"],
    ["# sesame: b", "line 1 is no header"],
    [" A: sesame", "line 1 is no header"],
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
