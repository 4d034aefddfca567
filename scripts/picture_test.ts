import { assert, assertEquals } from "@std/assert";
import { cellsOf, terminalSvg } from "./picture/terminal_svg.ts";

const root = new URL("..", import.meta.url);
const picture = new URL("docs/screen.svg", root);

Deno.test("docs/screen.svg shows what watch draws: deno task picture makes it anew", async () => {
  // The tests are run without colours, and wherever somebody lives.
  const { NO_COLOR: _, ...env } = Deno.env.toObject();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "scripts/picture.ts", "--print"],
    cwd: root,
    clearEnv: true,
    env: { ...env, TZ: "Asia/Kathmandu" },
  }).output();
  const decoder = new TextDecoder();
  assertEquals([code, decoder.decode(stderr)], [0, ""]);
  assertEquals(decoder.decode(stdout), await Deno.readTextFile(picture));
});

Deno.test("docs/screen.svg tells of loss, outage, death and login", async () => {
  const svg = await Deno.readTextFile(picture);
  for (
    const part of [
      /class="strong">lifesign \S+ keeps 1 session alive</,
      /class="good">alive</,
      / →<\/text>\n.*class="doubtful">silent</,
      / →<\/text>\n.*class="bad strong">dead</,
      /<path d="M[^"]*" class="good"\/>/,
      /class="doubtful">×+</,
      /class="bad strong">†</,
    ]
  ) assert(part.test(svg), `${part}`);
});

Deno.test("cellsOf() reads styles, one in another", () => {
  const cells = cellsOf("a\x1b[1m\x1b[31mb\x1b[39mc\x1b[22md\x1b[32m▁\x1b[39m");
  assertEquals(cells.map(({ char, style }) => `${char}:${style}`), [
    "a:",
    "b:bad strong",
    "c:strong",
    "d:",
    "▁:good",
  ]);
});

Deno.test("terminalSvg() puts words and bars where they are, and nothing else into the file", () => {
  const svg = terminalSvg({
    lines: ["a <b>", "", "\x1b[32m▁█\x1b[39m  x"],
    columns: 10,
    title: "A & B",
  });
  const drawn = svg.split("\n").filter((line) => /^<(text|path)/.test(line));
  assertEquals(drawn, [
    '<text x="18" y="32" textLength="42">a &lt;b&gt;</text>',
    '<path d="M18.7 74v-2h7v2zM27.1 74v-16h7v16z" class="good"/>',
    '<text x="51.6" y="70" textLength="8.4">x</text>',
  ]);
  assert(svg.includes('<title id="t">A &amp; B</title>'), svg);
  assert(svg.includes('<desc id="d">a &lt;b&gt;\n▁█  x</desc>'), svg);
  // A page shows it as an image: no script, no other file.
  assert(!/<script|href|url\(|@import/.test(svg), svg);
});
