import { assertEquals } from "@std/assert";
import { visible } from "./visible.ts";

Deno.test("visible() writes escapes for what can't be seen, and leaves the rest alone", () => {
  const rows: [text: string, shown: string][] = [
    ["", ""],
    ["a b~", "a b~"],
    ["zwölf 会话 😀", "zwölf 会话 😀"],
    ["a\u2028b\u2029c", "a\\u2028b\\u2029c"],
    ["\x80\x85\x9b31m\x9f", "\\u0080\\u0085\\u009b31m\\u009f"],
    ["\x1b[2J\x07\x7f\n\t", "\\u001b[2J\\u0007\\u007f\\u000a\\u0009"],
    ["a\u202eb\u200b\ufeff", "a\\u202eb\\u200b\\ufeff"],
    ["\u{e0001}\ud800", "\\u{e0001}\\ud800"],
  ];
  for (const [text, shown] of rows) assertEquals(visible(text), shown);
});
