import { assertEquals, assertThrows } from "@std/assert";
import { srun } from "../protocol/srun.ts";
import { hasPassword, target } from "./target.ts";

Deno.test("target() reads a scheme, a host and a port", () => {
  const rows: [text: string, host: string, port: number][] = [
    ["srun://172.16.202.201", "172.16.202.201", 3335],
    ["srun://gw.example:99", "gw.example", 99],
    ["srun://[2001:db8::1]:99/", "2001:db8::1", 99],
    ["SRUN://gw.example/", "gw.example", 3335],
  ];
  for (const [text, host, port] of rows) {
    assertEquals(target(text), { host, port, protocol: srun }, text);
  }
});

Deno.test("target() says what is wanted", () => {
  const rows: [text: string, message: string][] = [
    [
      "gw.example",
      "SCHEME://HOST[:PORT] is wanted, as in srun://172.16.202.201",
    ],
    [
      "srum://gw.example",
      'srun:// is wanted; did you mean "srun://"?',
    ],
    ["gopher://gw.example", "srun:// is wanted"],
    [
      "srun://me:secret@gw.example",
      "a URL without a password is wanted, since others can read it; a file is the place for secrets",
    ],
    [
      "srun://",
      "HOST or HOST:PORT is wanted, as in gw.example, 172.16.202.201:3335 or [2001:db8::1]:3335",
    ],
  ];
  for (const [text, message] of rows) {
    const error: RangeError = assertThrows(() => target(text), RangeError);
    assertEquals(error.message, message, text);
  }
});

Deno.test("hasPassword() finds one, and no at sign elsewhere", () => {
  const rows: [text: string, has: boolean][] = [
    ["srun://me:secret@gw", true],
    ["ws://secret@gw/path", true],
    ["ws://gw/a@b", false],
    ["me@gw", false],
    ["srun://gw", false],
  ];
  for (const [text, has] of rows) assertEquals(hasPassword(text), has, text);
});
