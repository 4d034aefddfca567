/**
 * Pieces of text for a screen, which may have a style.
 *
 * @module
 */
import { bold, dim, green, red, yellow } from "@std/fmt/colors";
import { visible } from "../../visible.ts";

/** What a piece of text means; the words say it, too. */
export type Style = "plain" | "strong" | "faint" | "good" | "doubtful" | "bad";

/** Pieces of text, from left to right. */
export type Line = readonly (readonly [text: string, style?: Style])[];

const paint: Readonly<Record<Style, (text: string) => string>> = {
  plain: (text) => text,
  strong: bold,
  faint: dim,
  good: green,
  doubtful: yellow,
  bad: (text) => bold(red(text)),
};

/** Characters that take two columns. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** Characters that take no column of their own. */
const narrow = /[\p{Mn}\p{Me}\u1160-\u11ff]/u;

function widthOfChar(char: string): number {
  if (char < "\u0300") return 1;
  return narrow.test(char) ? 0 : wide.test(char) ? 2 : 1;
}

/** How many columns a text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const char of text) width += widthOfChar(char);
  return width;
}

/** A text in at most `columns` columns, with `…` if it was cut. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  if (columns <= 0) return "";
  let width = 1;
  let kept = "";
  for (const char of text) {
    width += widthOfChar(char);
    if (width > columns) break;
    kept += char;
  }
  return `${kept}…`;
}

/** A text in exactly `columns` columns, at the left or the right of them. */
export function fit(
  text: string,
  columns: number,
  side: "left" | "right" = "left",
): string {
  const short = cut(text, columns);
  const space = " ".repeat(columns - widthOf(short));
  return side === "left" ? short + space : space + short;
}

/** How many columns a line takes. */
export function lineWidth(line: Line): number {
  return line.reduce((width, [text]) => width + widthOf(text), 0);
}

/** A line with more at the right end, if there is room for that. */
export function spread(left: Line, right: Line, columns: number): Line {
  const space = columns - lineWidth(left) - lineWidth(right);
  return space < 2 ? left : [...left, [" ".repeat(space)], ...right];
}

/** A line for a terminal, in at most `columns` columns. Only its styles can act on the terminal. */
export function toText(
  line: Line,
  { columns, colours }: { readonly columns: number; readonly colours: boolean },
): string {
  let left = columns;
  let text = "";
  const pieces = line.map(([piece, style = "plain"]) =>
    [visible(piece), style] as const
  );
  for (const [at, [piece, style]] of pieces.entries()) {
    const isCut = lineWidth(pieces.slice(at)) > left;
    const short = isCut && widthOf(piece) === left
      ? cut(`${piece}…`, left)
      : cut(piece, left);
    left -= widthOf(short);
    if (short !== "") text += colours ? paint[style](short) : short;
    if (short !== piece) break;
  }
  return colours ? text : text.trimEnd();
}
