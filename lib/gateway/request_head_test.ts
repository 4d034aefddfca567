import { assertEquals } from "@std/assert";
import { latin1, latin1Bytes } from "../protocol/octets.ts";
import { longestHead, readHead, response } from "./request_head.ts";

Deno.test("readHead() reads a request as soon as it is whole", () => {
  const first = "GET /a/b?c=d&e HTTP/1.1\r\n";
  const rows: [text: string, found: unknown][] = [
    ["", null],
    ["GE", null],
    [first, null],
    [`${first}Host: x\r\n`, null],
    [`${first}\r\n`, ["GET", "/a/b", "c=d&e", {}, 27]],
    [`${first}\r\nbody`, ["GET", "/a/b", "c=d&e", {}, 27]],
    ["GET / HTTP/1.0\n\n", ["GET", "/", "", {}, 16]],
    [
      "POST /x HTTP/1.1\r\nHost:\tx:1 \r\nA: 1\r\na:2\r\nB:\r\n\r\n",
      ["POST", "/x", "", { host: "x:1", a: "1, 2", b: "" }, 47],
    ],
    ["GET http://x/ HTTP/1.1\r\n\r\n", 400],
    ["GET / HTTP/2\r\n\r\n", 400],
    ["GET /#f HTTP/1.1\r\n\r\n", 400],
    ["GET /  HTTP/1.1\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nno field\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nA : 1\r\n\r\n", 400],
    ["get", 400],
    ["\x16\x03\x01", 400],
    ["SSH-2.0-x\r\n", 400],
    ["GET\r\n", 400],
    [`GET / HTTP/1.1\r\nA: ${"x".repeat(longestHead)}`, 431],
  ];
  for (const [text, wanted] of rows) {
    const reading = readHead(latin1Bytes(text));
    if (reading === null || "status" in reading) {
      assertEquals(reading?.status ?? null, wanted, text.slice(0, 60));
      continue;
    }
    const { head: { method, path, query, fields }, length } = reading;
    const found = [method, path, query, Object.fromEntries(fields), length];
    assertEquals(found, wanted, text);
  }
});

Deno.test("readHead() waits no longer than for 16 KiB", () => {
  const begin = "GET / HTTP/1.1\r\nA: ";
  const full = begin.padEnd(longestHead, "x");
  assertEquals(readHead(latin1Bytes(full)), null);
  assertEquals(readHead(latin1Bytes(`${full}x`)), { status: 431 });
  const whole = `${full.slice(0, -4)}\r\n\r\n`;
  const reading = readHead(latin1Bytes(`${whole}more`));
  assertEquals(reading !== null && "head" in reading, true);
});

Deno.test("response() says how long it is", () => {
  assertEquals(
    latin1(response(404, { body: "none\n", fields: ["A: b"] })),
    "HTTP/1.1 404 Not Found\r\n" +
      "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n" +
      "Cache-Control: no-store\r\nConnection: close\r\nA: b\r\n\r\nnone\n",
  );
});
