/**
 * The language that manual pages are written in: mdoc(7).
 *
 * @module
 */
import { wrap } from "./wrap.ts";

/** The length of the longest line. */
const width = 78;

/** Escapes text, in a line of text or as a word of a macro. */
export function escape(text: string): string {
  return text.replaceAll("\\", "\\e")
    .replaceAll("…", "...")
    .replaceAll("-", "\\-")
    .replaceAll("^", "\\(ha")
    .replaceAll("`", "\\(ga")
    .replaceAll("~", "\\(ti")
    // deno-lint-ignore no-control-regex -- whatever is not ASCII
    .replace(/[^\x00-\x7f]/gu, (char) => {
      const point = char.codePointAt(0)!.toString(16).toUpperCase();
      return `\\[u${point.padStart(4, "0")}]`;
    });
}

/** Text that is filled, each sentence on a line of its own, as mdoc asks for. */
export function prose(text: string): string[] {
  return text.split(/(?<=[^.][.!?]["')]?)\s+/)
    .map((sentence) => sentence.split(/\s+/).map(unbroken).join(" "))
    .flatMap((sentence) => wrap(sentence, width))
    .map(guarded);
}

/** A block of lines that stay as they are. */
export function literal(text: string): string[] {
  const lines = text.split("\n").map((line) => guarded(escape(line)));
  return [".Bd -literal -offset indent", ...lines, ".Ed"];
}

/** A macro with words. */
export function macro(name: string, ...words: readonly string[]): string {
  return [`.${name}`, ...words.map(word)].join(" ");
}

/** A word of a macro that is no macro and no punctuation itself. */
export function word(text: string): string {
  const escaped = escape(text).replaceAll('"', '""');
  const plain = /^([A-Z][a-z]{1,2}|[.,:;()[\]?!|])$/.test(text)
    ? `\\&${escaped}`
    : escaped;
  return / |"/.test(plain) || plain === "" ? `"${plain}"` : plain;
}

/** A list of terms and their explanations; each term is a line of macros. */
export function tagged(
  items: readonly (readonly [term: string, text: string])[],
): string[] {
  return [
    ".Bl -tag -width Ds",
    ...items.flatMap(([term, text]) => [`.It ${term}`, ...prose(text)]),
    ".El",
  ];
}

/** A word that is never hyphenated if it is a name. */
function unbroken(word: string): string {
  return /[/_]/.test(word) ? `\\%${escape(word)}` : escape(word);
}

/** Keeps a text line from being taken for a macro. */
function guarded(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}
