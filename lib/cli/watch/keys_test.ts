import { assertEquals } from "@std/assert";
import { keyLines, noWishes, press, type Wishes } from "./keys.ts";

Deno.test("press() turns keys into wishes", () => {
  const rows: [keys: string[], wanted: Partial<Wishes>, effect?: string][] = [
    [["x", "\x1b[5~"], {}],
    [["q"], {}, "quit"],
    [["Q"], {}, "quit"],
    [["a"], {}, "ask"],
    [["?"], { showsKeys: true }],
    [["?", "?"], {}],
    [["p"], { isPaused: true }],
    [[" ", "p"], {}],
    [["s"], { order: "worst first" }],
    [["s", "s"], { order: "by name" }],
    [["s", "s", "S"], {}],
    [["\x1b[B"], { chosen: 0 }],
    [["j", "j", "j", "j"], { chosen: 2 }],
    [["\x1b[A"], { chosen: 2 }],
    [["\x1bOB", "\x1bOB", "k", "k", "k"], { chosen: 0 }],
    [["\r"], { chosen: 0 }],
    [["j", "\n"], { chosen: 0, isAlone: true }],
    [["j", "\r", "j"], { chosen: 1, isAlone: true }],
    [["j", "\r", "\r"], { chosen: 0 }],
    [["j", "\r", "\x1b"], { chosen: 0 }],
    [["?", "j", "\r", "\x1b", "\x1b"], {}],
  ];
  for (const [keys, wanted, effect = null] of rows) {
    let wishes = noWishes;
    let last: string | null = null;
    for (const key of keys) [wishes, last] = press(wishes, key, 3);
    assertEquals([wishes, last], [{ ...noWishes, ...wanted }, effect]);
  }
  assertEquals(press(noWishes, "j", 0), [noWishes, null]);
});

Deno.test("keyLines() fit into a terminal, and say which order it is", () => {
  const lines = keyLines({ ...noWishes, order: "worst first" }, true);
  assertEquals(lines.filter(({ length }) => length > 79), []);
  assertEquals(
    lines[1],
    "s sorts (worst first), p pauses, a asks now, ? hides this, q leaves",
  );
});
