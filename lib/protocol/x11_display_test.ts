import { assertEquals, assertThrows } from "@std/assert";
import { readDisplay, writeDisplay } from "./x11_display.ts";

Deno.test("readDisplay() reads a display or a path, and writeDisplay() writes it", () => {
  const rows: [text: string, host: string, port: number, written?: string][] = [
    [":0", "/tmp/.X11-unix/X0", 6000],
    [":971", "/tmp/.X11-unix/X971", 6971],
    [":1.0", "/tmp/.X11-unix/X1", 6001, ":1"],
    ["GW.example:59535", "gw.example", 65535, "gw.example:59535"],
    ["localhost:10.0", "localhost", 6010, "localhost:10"],
    ["192.0.2.1:07", "192.0.2.1", 6007, "192.0.2.1:7"],
    ["[::1]:5", "::1", 6005],
    ["/tmp/.X11-unix/X971", "/tmp/.X11-unix/X971", 0],
    ["/run/a:1", "/run/a:1", 0],
  ];
  for (const [text, host, port, written = text] of rows) {
    assertEquals(readDisplay(text), { host, port }, text);
    assertEquals(writeDisplay({ host, port }), written);
  }
});

Deno.test("readDisplay() says what it expects", () => {
  const aDisplay =
    "expected x11://[HOST]:DISPLAY or x11:///PATH, e.g. x11://:0, x11://192.0.2.1:0 or x11://[2001:db8::1]:0";
  const aPath =
    "expected a path of at most 107 ASCII characters, e.g. x11:///tmp/.X11-unix/X0";
  const rows: [text: string, message: string][] = [
    ["", aDisplay],
    ["gw", aDisplay],
    [":", aDisplay],
    [":x", aDisplay],
    [":59536", aDisplay],
    ["::1:0", aDisplay],
    [":0/path", aDisplay],
    [
      "-:0",
      "expected the name or the address of a host, e.g. server.example",
    ],
    ["/", aPath],
    ["/caf\u00e9", aPath],
    [`/${"x".repeat(107)}`, aPath],
  ];
  for (const [text, message] of rows) {
    const error: RangeError = assertThrows(() => readDisplay(text), RangeError);
    assertEquals(error.message, message, text);
  }
});
