import { assertEquals, assertThrows } from "@std/assert";
import { hasPassword, target } from "./target.ts";

Deno.test("target() reads a scheme, a host and a port", () => {
  const rows: [text: string, host: string, port: number][] = [
    ["srun://172.16.202.201", "172.16.202.201", 3335],
    ["srun://gw.example:99", "gw.example", 99],
    ["srun://[2001:db8::1]:99/", "2001:db8::1", 99],
    ["SRUN://gw.example/", "gw.example", 3335],
  ];
  for (const [text, host, port] of rows) {
    assertEquals(target(text), {
      host,
      port,
      scheme: "srun",
      path: "",
    }, text);
  }
});

Deno.test("target() says what it expects", () => {
  const rows: [text: string, message: string][] = [
    [
      "gw.example",
      "expected SCHEME://HOST[:PORT], e.g. srun://172.16.202.201",
    ],
    [
      "srum://gw.example",
      'expected srun://, e.g. srun://172.16.202.201; did you mean "srun://"?',
    ],
    ["gopher://gw.example", "expected srun://, e.g. srun://172.16.202.201"],
    [
      "srun://me:secret@gw.example",
      "expected a URL without a password, since others can read it: put secrets into a file",
    ],
    [
      "srun://",
      "expected HOST or HOST:PORT, e.g. 172.16.202.201, gw.example:3335 or [2001:db8::1]:3335",
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
