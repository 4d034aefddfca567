import { assert, assertEquals } from "@std/assert";
import { escape, literal, macro, prose, tagged } from "./mdoc.ts";

Deno.test("escape() keeps text from meaning anything else", () => {
  const rows: [text: string, escaped: string][] = [
    ["plain words", "plain words"],
    ["--give-up", "\\-\\-give\\-up"],
    ["a\\b", "a\\eb"],
    ["~/`x`^", "\\(ti/\\(gax\\(ga\\(ha"],
    ["[WORD…]", "[WORD...]"],
    ["✓ é 😀", "\\[u2713] \\[u00E9] \\[u1F600]"],
  ];
  for (const [text, escaped] of rows) assertEquals(escape(text), escaped);
});

Deno.test("macro() keeps words from being macros or punctuation", () => {
  const rows: [words: string[], line: string][] = [
    [["flag", "-uid"], ".Fl flag \\-uid"],
    [["No", "Ar", "Brq", "N", "ABC"], ".Fl \\&No \\&Ar \\&Brq N ABC"],
    [["|", ".", "..."], ".Fl \\&| \\&. ..."],
    [["two words", 'a "b"', ""], '.Fl "two words" "a ""b""" ""'],
  ];
  for (const [words, line] of rows) assertEquals(macro("Fl", ...words), line);
});

Deno.test("prose() gives each sentence a line, and none that begins like a macro", () => {
  assertEquals(prose("One line. Two (2.) Is it?  'quoted' a.b...\n.Sh x"), [
    "One line.",
    "Two (2.)",
    "Is it?",
    "\\&'quoted' a.b... .Sh x",
  ]);
  assertEquals(prose(".Sh x. .y"), ["\\&.Sh x.", "\\&.y"]);
  const words = Array(40).fill("word").join(" ");
  const lines = prose(words);
  assertEquals(lines.join(" "), words);
  assert(lines.every((line) => line.length <= 80), lines.join("\n"));
  assertEquals(prose("in /etc/x-y"), ["in \\%/etc/x\\-y"]);
});

Deno.test("literal() and tagged() make blocks", () => {
  assertEquals(literal("a  b\n.c"), [
    ".Bd -literal -offset indent",
    "a  b",
    "\\&.c",
    ".Ed",
  ]);
  assertEquals(tagged([["Fl x", "One. Two."]]), [
    ".Bl -tag -width Ds",
    ".It Fl x",
    "One.",
    "Two.",
    ".El",
  ]);
});
