import { assertEquals, assertThrows } from "@std/assert";
import { hasPassword, target, targets } from "./target.ts";

Deno.test("target() reads a scheme, a host, a port and a path", () => {
  const rows: [
    text: string,
    scheme: string,
    host: string,
    port: number,
    path?: string,
  ][] = [
    ["srun://172.16.202.201", "srun", "172.16.202.201", 3335],
    ["srun://gw.example:99", "srun", "gw.example", 99],
    ["srun://[2001:db8::1]:99/", "srun", "2001:db8::1", 99],
    ["SRUN://gw.example/", "srun", "gw.example", 3335],
    ["tcp://gw.example:22/", "tcp", "gw.example", 22],
    ["tls://[2001:db8::1]:853", "tls", "2001:db8::1", 853],
    ["ws://gw.example", "ws", "gw.example", 80],
    ["ws://gw.example/", "ws", "gw.example", 80, "/"],
    ["WSS://GW.example:84/Chat?b@c#d", "wss", "gw.example", 84, "/Chat?b@c"],
    ["ws://gw.example?a", "ws", "gw.example", 80, "/?a"],
    ["ws://a.example/?b=http://c@d/", "ws", "a.example", 80, "/?b=http://c@d/"],
    ["srun+http://gw.example", "srun+http", "gw.example", 80],
    ["srun+https://gw.example", "srun+https", "gw.example", 443],
    [
      "captive+https://gw.example/api",
      "captive+https",
      "gw.example",
      443,
      "/api",
    ],
    ["probe204+http://gw.example/x", "probe204+http", "gw.example", 80, "/x"],
    ["x11://:971", "x11", "/tmp/.X11-unix/X971", 6971],
    ["X11:///tmp/.X11-unix/X971", "x11", "/tmp/.X11-unix/X971", 0],
    ["x11://[::1]:0", "x11", "::1", 6000],
  ];
  for (const [text, scheme, host, port, path = ""] of rows) {
    assertEquals(target(text), { host, port, scheme, path }, text);
  }
});

Deno.test("targets() reads several, with commas between them", () => {
  assertEquals(
    targets("tcp://a:1, ws://b/c").map(({ scheme, host, port, path }) =>
      [scheme, host, port, path].join(" ")
    ),
    ["tcp a 1 ", "ws b 80 /c"],
  );
});

const aScheme =
  "expected srun://, stamp://, tcp://, tls://, ws://, wss://, x11://, zmtp://, srun+http://, srun+https://, drcom+http://, ruijie+http://, captive+https:// or probe204+http://, e.g. srun://172.16.202.201";

const aPassword =
  "expected a URL without a password, since others can read it: headers_file has room for secrets";

Deno.test("target() says what it expects", () => {
  const rows: [text: string, message: string][] = [
    [
      "gw.example",
      "expected SCHEME://HOST[:PORT], e.g. srun://172.16.202.201",
    ],
    [
      "srum://gw.example",
      `${aScheme}; did you mean "srun://"?`,
    ],
    ["http://gw.example", `${aScheme}; did you mean "srun+http://"?`],
    ["HTTPS://gw.example", `${aScheme}; did you mean "srun+https://"?`],
    ["gopher://gw.example", aScheme],
    ["srun://me:secret@gw.example", aPassword],
    ["ws://secret@gw.example/", aPassword],
    ["x11://me:secret@gw.example:0", aPassword],
    [
      "x11://gw.example",
      "expected x11://[HOST]:DISPLAY or x11:///PATH, e.g. x11://:0, x11://192.0.2.1:0 or x11://[2001:db8::1]:0",
    ],
    ["tcp://gw.example", "expected a port, e.g. tcp://gw.example:22"],
    ["tls://::1", "expected a port, e.g. tls://[::1]:22"],
    ["zmtp://a", "expected a port, e.g. zmtp://a:22"],
    ["zmtp://a:1/b", "expected a host and no path, e.g. zmtp://a:1"],
    ["tcp://a:0", "expected a port from 1 to 65535, e.g. 22"],
    ["ws://a:x/", "expected a port from 1 to 65535, e.g. 80"],
    ["tcp://a:1/b", "expected a host and no path, e.g. tcp://a:1"],
    ["srun://a/b", "expected a host and no path, e.g. srun://a:3335"],
    [
      "ws://a/caf\u00e9",
      "expected a path of ASCII characters, e.g. /caf%C3%A9",
    ],
    ["ws://a/b c", "expected a path of ASCII characters, e.g. /caf%C3%A9"],
    ["ws://a://b", "expected SCHEME://HOST[:PORT], e.g. srun://172.16.202.201"],
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
