/**
 * The format of configuration files: bytes to sections of keys and texts, each
 * with its position, and back. Nothing here knows which keys there are.
 *
 * @module
 */

/** Where something stands in a file; both from 1, the column in characters. */
export interface Position {
  /** The line. */
  readonly line: number;
  /** The column. */
  readonly column: number;
}

/** A line that sets a key. */
export interface Entry extends Position {
  /** What is set; its position is that of the entry. */
  readonly key: string;
  /** What it is set to. */
  readonly text: string;
  /** Where that begins. */
  readonly at: Position;
}

/** Lines that belong together. */
export interface Section extends Position {
  /** Its name; `null` for what stands before the first name. */
  readonly name: string | null;
  /** What it sets, in the order of the file; no key twice. */
  readonly entries: readonly Entry[];
}

/** What is wrong with a file, and where. */
export interface FileMistake extends Position {
  /** Such as `Cannot read "x": KEY = VALUE is wanted`. */
  readonly message: string;
}

/** What a file holds. */
export interface ParsedFile {
  /** Its sections, the nameless one first. */
  readonly sections: readonly Section[];
  /** What is wrong with it, from its beginning to its end. */
  readonly mistakes: readonly FileMistake[];
}

/** A message about something that stands somewhere. */
type Complain = (at: Position, message: string) => void;

/** Reads a file: UTF-8 with or without a BOM, LF or CRLF. Never throws. */
export function parseFile(bytes: Uint8Array): ParsedFile {
  const mistakes: FileMistake[] = [];
  const complain: Complain = ({ line, column }, message) =>
    mistakes.push({ line, column, message });
  const sections: (Section & { entries: Entry[] })[] = [
    { name: null, line: 1, column: 1, entries: [] },
  ];
  const names = new Map<string, number>();
  const keys = new Map<string, number>();
  const lines = decode(bytes).split("\n");
  for (const [index, raw] of lines.entries()) {
    const text = raw.replace(/\r$/, "");
    const line = index + 1;
    const bad = text.search(unprintable);
    if (bad >= 0) {
      complain(
        { line, column: columnOf(text, bad) },
        text[bad] === "\ufffd"
          ? "Cannot read a byte: UTF-8 is wanted"
          : `Cannot read a character: no control character like \\x${
            text.charCodeAt(bad).toString(16).padStart(2, "0")
          } is wanted`,
      );
      continue;
    }
    const start = text.search(/\S/);
    if (start < 0 || text[start] === "#" || text[start] === ";") continue;
    const at = { line, column: columnOf(text, start) };
    if (text[start] === "[") {
      const name = sectionName(text, at, complain);
      const before = names.get(name ?? "");
      if (name !== undefined && before !== undefined) {
        complain(
          at,
          `Cannot begin [${name}] again: one section is wanted, line ${before} begins it`,
        );
      }
      names.set(name ?? "", before ?? line);
      sections.push({ name: name ?? "", ...at, entries: [] });
      keys.clear();
      continue;
    }
    const entry = parseEntry(text, at, complain);
    if (entry === undefined) continue;
    const before = keys.get(entry.key);
    if (before !== undefined) {
      complain(
        at,
        `Cannot set ${
          quoteText(entry.key)
        } twice in a section: one value is wanted, line ${before} sets it`,
      );
      continue;
    }
    keys.set(entry.key, line);
    sections.at(-1)!.entries.push(entry);
  }
  return { sections, mistakes };
}

/** Writes sections so that {@linkcode parseFile} reads the same from it. Texts may not hold control characters. */
export function printFile(
  sections: readonly {
    readonly name: string | null;
    readonly entries: readonly Pick<Entry, "key" | "text">[];
  }[],
): string {
  return sections
    .map(({ name, entries }) => [
      ...name === null ? [] : [`[${name}]`],
      ...entries.map(({ key, text }) => `${key} = ${printText(text)}`),
    ])
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

/** Whether a section may be called so. */
export function isSectionName(name: string): boolean {
  return /^[\w.@-]+$/.test(name);
}

/** Control characters but the tab, and what stands for bytes that are no UTF-8. */
// deno-lint-ignore no-control-regex
const unprintable = /[\x00-\x08\x0a-\x1f\x7f\ufffd]/;

/** A comment, which white space precedes unless it begins the line. */
const comment = /^(?:\s+[#;].*|\s*)$/;

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** UTF-16 positions from 0 to characters from 1. */
function columnOf(text: string, at: number): number {
  return [...text.slice(0, at)].length + 1;
}

function sectionName(
  text: string,
  at: Position,
  complain: Complain,
): string | undefined {
  const [, name = "", rest = ""] = /^\s*\[([^\]]*)\](.*)$/.exec(text) ?? [];
  if (isSectionName(name) && comment.test(rest)) return name;
  complain(
    at,
    `Cannot read ${
      quoteText(text.trim())
    }: [NAME] is wanted, of letters, digits, "_", "-", "." and "@"`,
  );
  return undefined;
}

function parseEntry(
  text: string,
  at: Position,
  complain: Complain,
): Entry | undefined {
  const [, before, key, between, value] =
    /^(\s*)([^\s=#;"]+)(\s*=\s*)(.*)$/.exec(text) ?? [];
  if (key === undefined) {
    complain(
      at,
      `Cannot read ${quoteText(text.trim())}: KEY = VALUE is wanted`,
    );
    return undefined;
  }
  const start = before!.length + key.length + between!.length;
  const valueAt = { line: at.line, column: columnOf(text, start) };
  const read = value!.startsWith('"') ? quoted(value!) : plain(value!);
  if (typeof read === "string") {
    return { key, text: read, at: valueAt, ...at };
  }
  const column = columnOf(text, start + read.at);
  complain({ line: at.line, column }, read.message);
  return undefined;
}

type Flaw = { readonly at: number; readonly message: string };

/** A value in double quotes, in which only \" and \\ mean something else. */
function quoted(value: string): string | Flaw {
  const [whole, inside] = /^"((?:[^"\\]|\\.)*)"/.exec(value) ?? [];
  if (whole === undefined || inside === undefined) {
    return { at: 0, message: 'Cannot find the end of a quote: " is wanted' };
  }
  const rest = value.slice(whole.length);
  if (!comment.test(rest)) {
    const at = whole.length + rest.search(/\S/);
    const message = `Cannot read ${
      quoteText(rest.trim())
    } behind a quote: nothing or a comment is wanted`;
    return { at, message };
  }
  return inside.replace(/\\(["\\])/g, "$1");
}

/** A value without quotes, up to a comment. */
function plain(value: string): string | Flaw {
  const text = value.replace(/^[#;].*$|\s+[#;].*$/, "").trimEnd();
  const at = text.indexOf('"');
  if (at < 0) return text;
  return {
    at,
    message:
      'Cannot read a quote within a value: quotes around all of it are wanted, and \\" inside',
  };
}

function printText(text: string): string {
  const isPlain = text !== "" && text === text.trim() &&
    !/["#;]/.test(text);
  return isPlain ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;
}

function quoteText(text: string): string {
  const short = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return JSON.stringify(short);
}
