import { assertEquals } from "@std/assert";
import { stripAnsiCode, yellow } from "@std/fmt/colors";
import { cut, fit, type Line, spread, toText, widthOf } from "./text.ts";

Deno.test("widthOf() counts the columns of characters", () => {
  const rows: [text: string, width: number][] = [
    ["", 0],
    ["dorm", 4],
    ["für ▁█ × …", 10],
    ["cafe\u0301", 4],
    ["天地", 4],
    ["ｆｕ", 4],
    ["한글", 4],
    ["🙂", 2],
  ];
  for (const [text, width] of rows) assertEquals(widthOf(text), width, text);
});

Deno.test("cut() and fit() make texts as wide as wanted", () => {
  const rows: [text: string, columns: number, cut: string, fit: string][] = [
    ["dorm", 6, "dorm", "dorm  "],
    ["dorm", 4, "dorm", "dorm"],
    ["dorm", 3, "do…", "do…"],
    ["dorm", 1, "…", "…"],
    ["dorm", 0, "", ""],
    ["天地玄", 5, "天地…", "天地…"],
    ["天地玄", 4, "天…", "天… "],
  ];
  for (const [text, columns, short, fitted] of rows) {
    assertEquals([cut(text, columns), fit(text, columns)], [short, fitted]);
  }
  assertEquals(fit("42 s", 6, "right"), "  42 s");
});

Deno.test("spread() puts what stands at the right end there, or leaves it out", () => {
  const text = (columns: number) =>
    toText(spread([["left"]], [["right"]], columns), {
      columns,
      colours: false,
    });
  assertEquals([text(12), text(11), text(10)], [
    "left   right",
    "left  right",
    "left",
  ]);
});

Deno.test("toText() cuts a line, and paints it only where it may", () => {
  const line: Line = [["dorm "], ["silent", "doubtful"], [" for 3 min"]];
  const plain = { columns: 20, colours: false };
  assertEquals(toText(line, plain), "dorm silent for 3 m…");
  assertEquals(toText(line, { ...plain, columns: 5 }), "dorm…");
  assertEquals(toText(line, { ...plain, columns: 0 }), "");
  const painted = toText(line, { columns: 80, colours: true });
  assertEquals(painted, `dorm ${yellow("silent")} for 3 min`);
  assertEquals(stripAnsiCode(painted), "dorm silent for 3 min");
});

Deno.test("toText() lets nothing through that could act on a terminal", () => {
  const line: Line = [["a\x1b[2Jb\nc\td\x9be\u202e", "strong"]];
  assertEquals(
    toText(line, { columns: 80, colours: false }),
    "a\\u001b[2Jb\\u000ac\\u0009d\\u009be\\u202e",
  );
});
