/**
 * Makes an SVG image of a terminal, pure. It needs no font but some monospaced
 * one: each word has its place and its width, and bars are drawn as shapes.
 *
 * @module
 */
import { escape } from "../../lib/report/markup.ts";

/** What to draw. */
export interface TerminalPicture {
  /** The lines, with bold, dim, red, green and yellow as escape sequences. */
  readonly lines: readonly string[];
  /** How many columns the terminal has. */
  readonly columns: number;
  /** What the picture shows, in a few words. */
  readonly title: string;
}

/** A character with what it looks like. */
export interface Cell {
  /** The character. */
  readonly char: string;
  /** The classes of its style, with spaces between them. */
  readonly style: string;
}

/** The size of a character, in pixels. */
const cell = { width: 8.4, height: 19 } as const;
const fontSize = 14;
const margin = 18;

/** The ground, the ink, and the colours of the terminal. */
const light = {
  ground: "#f6f8fa",
  edge: "#d0d7de",
  ink: "#1f2328",
  faint: "#59636e",
  good: "#1a7f37",
  doubtful: "#9a6700",
  bad: "#cf222e",
};
const dark: typeof light = {
  ground: "#161b22",
  edge: "#3d444d",
  ink: "#e6edf3",
  faint: "#9198a1",
  good: "#3fb950",
  doubtful: "#d29922",
  bad: "#f85149",
};

/** The sequences that begin a style, and what ends it. */
const styles: Readonly<Record<string, readonly [name: string, end: string]>> = {
  "1": ["strong", "22"],
  "2": ["faint", "22"],
  "31": ["bad", "39"],
  "32": ["good", "39"],
  "33": ["doubtful", "39"],
};

/** The characters of a line, each with its style. */
export function cellsOf(line: string): Cell[] {
  const cells: Cell[] = [];
  let open: string[] = [];
  // deno-lint-ignore no-control-regex
  for (const [, code, char] of line.matchAll(/\x1b\[(\d+)m|(.)/gu)) {
    if (char !== undefined) {
      const style = open.map((it) => styles[it]![0]).sort().join(" ");
      cells.push({ char, style });
    } else if (code! in styles) open.push(code!);
    else open = open.filter((it) => styles[it]![1] !== code);
  }
  return cells;
}

/** A run of characters that are drawn as one. */
interface Piece {
  readonly at: number;
  readonly style: string;
  text: string;
}

/** Divides a line where the style changes, and at bars and gaps. */
function piecesOf(cells: readonly Cell[]): Piece[] {
  const pieces: Piece[] = [];
  for (const [at, { char, style }] of cells.entries()) {
    const last = pieces.at(-1);
    const goesOn = last !== undefined && last.style === style &&
      last.at + last.text.length === at && isBar(char) === isBar(last.text) &&
      !(last.text.endsWith(" ") && char === " ");
    if (goesOn) last.text += char;
    else if (char !== " ") pieces.push({ at, style, text: char });
  }
  return pieces.map((it) => ({ ...it, text: it.text.trimEnd() }));
}

/** Whether a text begins with a bar, an eighth to the whole of a character high. */
function isBar(text: string): boolean {
  return text >= "▁" && text < "▉";
}

function pixels(value: number): string {
  return `${Math.round(value * 100) / 100}`;
}

function drawPiece({ at, style, text }: Piece, row: number): string {
  const left = margin + at * cell.width;
  const bottom = margin + (row + 1) * cell.height;
  const names = style === "" ? "" : ` class="${style}"`;
  if (!isBar(text)) {
    const width = pixels(text.length * cell.width);
    return `<text x="${pixels(left)}" y="${
      pixels(bottom - 5)
    }" textLength="${width}"${names}>${escape(text)}</text>`;
  }
  const path = [...text].map((char, k) => {
    const eighths = char.codePointAt(0)! - "▁".codePointAt(0)! + 1;
    const height = (cell.height - 3) * eighths / 8;
    const x = left + k * cell.width + 0.7;
    return `M${pixels(x)} ${pixels(bottom - 1)}v-${pixels(height)}h${
      pixels(cell.width - 1.4)
    }v${pixels(height)}z`;
  });
  return `<path d="${path.join("")}"${names}/>`;
}

function ruleOf({ ground, edge, ...inks }: typeof light): string {
  const { ink, ...others } = inks;
  return `.ground{fill:${ground};stroke:${edge}}svg{fill:${ink}}${
    Object.entries(others).map(([name, colour]) => `.${name}{fill:${colour}}`)
      .join("")
  }`;
}

/** Makes an SVG image that is readable on a light and on a dark page. */
export function terminalSvg(
  { lines, columns, title }: TerminalPicture,
): string {
  const width = Math.ceil(columns * cell.width + 2 * margin);
  const height = lines.length * cell.height + 2 * margin;
  const cells = lines.map(cellsOf);
  const words = cells.map((line) => line.map(({ char }) => char).join(""))
    .map((line) => line.trim().replace(/ {2,}/g, "  ")).filter(Boolean);
  const drawn = cells.flatMap((line, row) =>
    piecesOf(line).map((piece) => drawPiece(piece, row))
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="t d" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<title id="t">${escape(title)}</title>
<desc id="d">${words.map(escape).join("\n")}</desc>
<style>
text{font:${fontSize}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}
.strong{font-weight:bold}
${ruleOf(light)}
@media (prefers-color-scheme:dark){${ruleOf(dark)}}
</style>
<rect class="ground" x=".5" y=".5" width="${width - 1}" height="${
    height - 1
  }" rx="8"/>
${drawn.join("\n")}
</svg>
`;
}
