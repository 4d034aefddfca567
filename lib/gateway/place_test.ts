import { assertEquals, assertThrows } from "@std/assert";
import { formatPlace, place } from "./place.ts";

Deno.test("place() reads addresses and URLs, and formatPlace() writes them", () => {
  const rows: [text: string, ...parts: (string | number)[]][] = [
    ["127.0.0.1:3335", "srun", "127.0.0.1", 3335, ""],
    ["[::1]:0", "srun", "::1", 0, ""],
    ["srun+http://127.0.0.1:0", "srun+http", "127.0.0.1", 0, ""],
    ["srun+http://[::1]:8080/x", "srun+http", "::1", 8080, "/x"],
    ["ws://127.0.0.1:8080", "ws", "127.0.0.1", 8080, ""],
    ["ws://gw.example:8080/a/b", "ws", "gw.example", 8080, "/a/b"],
  ];
  for (const [text, ...wanted] of rows) {
    const { scheme, host, port, path } = place(text);
    assertEquals([scheme, host, port, path], wanted, text);
    assertEquals(formatPlace(place(text)), text);
  }
});

Deno.test("place() knows the usual ports, and srun:// as the datagrams' own", () => {
  const rows: [text: string, written: string][] = [
    ["127.0.0.1", "127.0.0.1:3335"],
    ["srun://127.0.0.1", "127.0.0.1:3335"],
    ["srun://127.0.0.1:0/", "127.0.0.1:0"],
    ["SRUN+HTTP://127.0.0.1/", "srun+http://127.0.0.1:80/"],
    ["ws://127.0.0.1", "ws://127.0.0.1:80"],
    ["stamp://127.0.0.1/", "stamp://127.0.0.1:862"],
  ];
  for (const [text, written] of rows) {
    assertEquals(formatPlace(place(text)), written);
  }
});

Deno.test("place() says what it expects", () => {
  const schemes =
    "expected HOST:PORT, srun+http://HOST:PORT, ws://HOST:PORT or stamp://HOST:PORT, e.g. ws://127.0.0.1:8080";
  const path =
    "expected no more than a host, a port and a path, e.g. ws://127.0.0.1:8080/chat";
  const host =
    "expected HOST or HOST:PORT, e.g. 172.16.202.201, gw.example:3335 or [2001:db8::1]:3335";
  const rows: [text: string, message: string][] = [
    ["http://127.0.0.1", schemes],
    ["wss://127.0.0.1", `${schemes}; did you mean "ws"?`],
    ["ws://127.0.0.1/a?b", path],
    ["ws://127.0.0.1/ü", path],
    ["srun://127.0.0.1/a", path],
    ["stamp://127.0.0.1/a", path],
    ["ws://", host],
    ["ws://me@127.0.0.1:1", host],
    ["", host],
    ["ws://127.0.0.1:x", "expected a port from 0 to 65535, e.g. 80"],
  ];
  for (const [text, message] of rows) {
    assertThrows(() => place(text), RangeError, message, text);
  }
});
