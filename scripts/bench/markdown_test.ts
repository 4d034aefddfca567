import { assertEquals } from "@std/assert";
import { table } from "./markdown.ts";

Deno.test("table() pads its columns as deno fmt does", () => {
  const rows = [["0 ms", "1.0 s"], ["1500 ms", "never"]];
  assertEquals(
    table(["trip", "p99"], rows),
    `\
|    trip |   p99 |
| ------: | ----: |
|    0 ms | 1.0 s |
| 1500 ms | never |`,
  );
});

Deno.test("table() aligns the first columns to the left if told so", () => {
  const rows = [["a", "1"], ["long", "22"]];
  assertEquals(
    table(["", "n"], rows, 1),
    `\
|      |   n |
| ---- | --: |
| a    |   1 |
| long |  22 |`,
  );
});
