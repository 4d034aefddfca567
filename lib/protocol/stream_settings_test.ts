import { assertEquals, assertThrows } from "@std/assert";
import { expect, expectation, octets, send } from "./stream_settings.ts";
import { toHex } from "./test_dialogue.ts";

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
  const aText =
    "expected text, with a backslash only in \\r, \\n, \\t, \\\\ and \\xNN, e.g. PING\\r\\n";
  for (const text of ["", "a\\", "\\d", "\\R", "\\x4", "\\xg0", "/a/ii\\d"]) {
    for (const { parse } of [send, expect]) {
      assertThrows(() => parse(text), RangeError, aText);
    }
  }
  const rows: [text: string, message: string][] = [
    [
      "/(/",
      // The rest is what the engine says.
      "expected a regular expression, e.g. /^SSH-2/: ",
    ],
    [
      "/\u20ac/",
      "expected a regular expression over bytes, e.g. /caf\\xc3\\xa9/",
    ],
    ["/a/ii", "expected a regular expression, e.g. /^SSH-2/: "],
  ];
  for (const [text, message] of rows) {
    assertThrows(() => expect.parse(text), RangeError, message);
  }
  assertEquals(send.parse("/(/"), "/(/");
  assertEquals(expect.parse("/\\d+$/i"), "/\\d+$/i");
  assertEquals([send, expect].map(({ parse }) => parse.example), [
    "PING\\r\\n",
    "SSH-",
  ]);
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
    assertEquals(expectation(text).isIn(said), isThere, `${text} in ${said}`);
  }
});
