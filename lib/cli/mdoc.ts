/**
 * The language that manual pages are written in: mdoc(7).
 *
 * @module
 */

/** No line of input is longer. */
const width = 78;

/** Text that means itself, in a text line or as a word of a macro's. */
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

/** Lines of text to be filled, each sentence on a line of its own, as mdoc wants it. */
export function prose(text: string): string[] {
  return text.split(/(?<=[^.][.!?]["')]?)\s+/)
    .flatMap((sentence) => fill(sentence.split(/\s+/).map(unbroken)))
    .map(guarded);
}

/** Lines that stay as they are, in a block of their own. */
export function literal(text: string): string[] {
  const lines = text.split("\n").map((line) => guarded(escape(line)));
  return [".Bd -literal -offset indent", ...lines, ".Ed"];
}

/** A macro with words that mean themselves. */
export function macro(name: string, ...words: readonly string[]): string {
  return [`.${name}`, ...words.map(word)].join(" ");
}

/** A word of a macro's that means itself, and no macro and no punctuation. */
export function word(text: string): string {
  const escaped = escape(text).replaceAll('"', '""');
  const plain = /^([A-Z][a-z]{1,2}|[.,:;()[\]?!|])$/.test(text)
    ? `\\&${escaped}`
    : escaped;
  return / |"/.test(plain) || plain === "" ? `"${plain}"` : plain;
}

/** A list of terms that are explained, each term a line of macros. */
export function tagged(
  items: readonly { readonly term: string; readonly text: readonly string[] }[],
): string[] {
  return [
    ".Bl -tag -width Ds",
    ...items.flatMap(({ term, text }) => [`.It ${term}`, ...text]),
    ".El",
  ];
}

/** A word that is not to be hyphenated if it is a name. */
function unbroken(word: string): string {
  return /[/_]/.test(word) ? `\\%${escape(word)}` : escape(word);
}

/** Keeps a text line from being taken for a macro. */
function guarded(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

function fill(words: readonly string[]): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}
