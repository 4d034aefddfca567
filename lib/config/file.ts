/**
 * The format of configuration files: sections of keys and texts, each with its
 * position. Nothing here knows which keys there are.
 *
 * @module
 */

import { control, quote } from "./quote.ts";

/** A position in a file; both numbers from 1, the column in characters. */
export interface Position {
  /** The line. */
  readonly line: number;
  /** The column. */
  readonly column: number;
}

/** A line that sets a key. */
export interface Entry extends Position {
  /** The key, which is at the position of the entry. */
  readonly key: string;
  /** The text of its value. */
  readonly text: string;
  /** The position of the value. */
  readonly at: Position;
}

/** A section of a file. */
export interface Section extends Position {
  /** Its name; `null` for the lines before the first named section. */
  readonly name: string | null;
  /** Its entries in the order of the file; no key twice. */
  readonly entries: readonly Entry[];
}

/** A mistake in a file, and its position. */
export interface FileMistake extends Position {
  /** What is wrong, and what is expected. */
  readonly message: string;
}

/** The content of a file. */
export interface ParsedFile {
  /** Its sections, the nameless one first. */
  readonly sections: readonly Section[];
  /** Its mistakes in the order of the file. */
  readonly mistakes: readonly FileMistake[];
}

type Complain = (at: Position, message: string) => void;

/**
 * Reads a file: UTF-8 with or without a BOM, LF or CRLF. The value of a key that
 * `isVerbatim` is the rest of its line, as it stands. Never throws.
 */
export function parseFile(
  bytes: Uint8Array,
  isVerbatim: (key: string) => boolean,
): ParsedFile {
  const mistakes: FileMistake[] = [];
  const complain: Complain = ({ line, column }, message) =>
    mistakes.push({ line, column, message });
  const sections: (Section & { entries: Entry[] })[] = [
    { name: null, line: 1, column: 1, entries: [] },
  ];
  const names = new Map<string, number>();
  const keys = new Map<string, number>();
  const { text: whole, unreadable } = decode(bytes);
  for (const [index, raw] of whole.split("\n").entries()) {
    const written = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    const line = index + 1;
    if (mistakes.length >= maxMistakes) {
      const message =
        "Cannot go on: too many lines are wrong, expected a configuration file, e.g. with a line gateway = 172.16.202.201";
      complain({ line, column: 1 }, message);
      break;
    }
    const bad = written.search(unreadable);
    if (bad >= 0) {
      complain(
        { line, column: columnOf(written, bad) },
        written[bad] === "\ufffd"
          ? "Cannot read a byte: expected UTF-8, e.g. from `iconv -f LATIN1 -t UTF-8`"
          : `Cannot read the control character \\x${
            written.charCodeAt(bad).toString(16).padStart(2, "0")
          }: expected text`,
      );
      continue;
    }
    const text = withBlanks(written, isVerbatim, (index) =>
      complain(
        { line, column: columnOf(written, index) },
        `Cannot use ${
          codePoint(written[index]!)
        } as a space: expected the one from the keyboard (U+0020)`,
      ));
    const start = text.search(/[^ \t]/);
    if (start < 0 || text[start] === "#" || text[start] === ";") continue;
    const at = { line, column: columnOf(text, start) };
    if (text[start] === "[") {
      const name = sectionName(text, at, complain);
      const before = names.get(name ?? "");
      if (name !== undefined && before !== undefined) {
        complain(
          at,
          `Cannot begin [${name}] again: expected one section of that name, line ${before} begins it`,
        );
      }
      names.set(name ?? "", before ?? line);
      sections.push({ name: name ?? "", ...at, entries: [] });
      keys.clear();
      continue;
    }
    const entry = parseEntry(text, at, { isVerbatim, complain });
    if (entry === undefined) continue;
    const before = keys.get(entry.key);
    if (before !== undefined) {
      complain(
        at,
        `Cannot set ${
          quote(entry.key)
        } twice in a section: expected one value, line ${before} sets it`,
      );
      continue;
    }
    keys.set(entry.key, line);
    sections.at(-1)!.entries.push(entry);
  }
  return { sections, mistakes };
}

/** Matches a comment after blanks, or nothing. */
const comment = /^(?:[ \t]+[#;].*|[ \t]*)$/s;

/** After this many mistakes the file is no configuration. */
const maxMistakes = 100;

/** UTF-8 as text, and a pattern for what can't be read in it. */
function decode(bytes: Uint8Array): { text: string; unreadable: RegExp } {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { text, unreadable: control };
  } catch {
    const text = new TextDecoder().decode(bytes);
    const unreadable = new RegExp(`${control.source}|\\ufffd`);
    return { text, unreadable };
  }
}

/** White space other than blanks that looks like a blank or like nothing. */
const strange =
  "\\xa0\\u1680\\u2000-\\u200b\\u2028\\u2029\\u202f\\u205f\\u2060\\u3000\\ufeff";

/**
 * Replaces strange white space around the key and the value of a line by blanks,
 * and complains once. Values and comments stay as they are.
 */
function withBlanks(
  text: string,
  isVerbatim: (key: string) => boolean,
  complain: (at: number) => void,
): string {
  // The expressions below are slow to build, and most lines are ASCII.
  if (!/[^\t -~]/.test(text)) return text;
  const blanks = `[ \\t${strange}]`;
  const anyStrange = new RegExp(`[${strange}]`, "g");
  // The key, or the name of a section.
  const beforeValue = new RegExp(
    `^${blanks}*(?:\\[[^\\]]*\\]?|[^=#;"]*=?)${blanks}*`,
  );
  // In quotes, or up to a comment or the end.
  const value = new RegExp(
    `^(?![#;])(?:"(?:\\\\.|[^"\\\\])*"?|(?:(?!${blanks}*$|${blanks}+[#;]).)*)`,
    "s",
  );
  const [before = ""] = beforeValue.exec(text) ?? [];
  const [key = ""] = new RegExp(`[^=${strange} \\t]+`).exec(before) ?? [];
  const behindKey = text.slice(before.length);
  const [inside = ""] = isVerbatim(key)
    ? [behindKey]
    : value.exec(behindKey) ?? [];
  const rest = text.slice(before.length + inside.length);
  const [behind = ""] = new RegExp(`^${blanks}*`).exec(rest) ?? [];
  const blank = (part: string) => part.replaceAll(anyStrange, " ");
  const plain = blank(before) + inside + blank(behind) +
    rest.slice(behind.length);
  if (plain === text) return text;
  let at = 0;
  while (plain[at] === text[at]) at++;
  complain(at);
  return plain;
}

/** The code point of a character, such as `U+3000`. */
function codePoint(char: string): string {
  return `U+${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Removes the blanks at both ends; other white space is text. */
function trim(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === " " || text[end - 1] === "\t")) end--;
  return text.slice(0, end).replace(/^[ \t]+/, "");
}

/** The column, in characters from 1, of a UTF-16 index. */
function columnOf(text: string, at: number): number {
  return [...text.slice(0, at)].length + 1;
}

function sectionName(
  text: string,
  at: Position,
  complain: Complain,
): string | undefined {
  const [, name = "", rest = ""] = /^[ \t]*\[([^\]]*)\](.*)$/s.exec(text) ?? [];
  if (/^[\w.@-]+$/.test(name) && comment.test(rest)) return name;
  complain(
    at,
    `Cannot read ${
      quote(trim(text))
    }: expected [NAME] of letters, digits, "_", "-", "." and "@", e.g. [dorm]`,
  );
  return undefined;
}

function parseEntry(
  text: string,
  at: Position,
  { isVerbatim, complain }: {
    readonly isVerbatim: (key: string) => boolean;
    readonly complain: Complain;
  },
): Entry | undefined {
  const [, before, key, between, value] =
    /^([ \t]*)([^ \t=#;"]+)([ \t]*=[ \t]*)(.*)$/s.exec(text) ?? [];
  if (key === undefined) {
    complain(
      at,
      `Cannot read ${
        quote(trim(text))
      }: expected KEY = VALUE, e.g. interval = 60s`,
    );
    return undefined;
  }
  const start = before!.length + key.length + between!.length;
  const valueAt = { line: at.line, column: columnOf(text, start) };
  const read = isVerbatim(key)
    ? value!
    : value!.startsWith('"')
    ? quoted(value!)
    : plain(value!);
  if (typeof read === "string") {
    return { key, text: read, at: valueAt, ...at };
  }
  const column = columnOf(text, start + read.at);
  complain({ line: at.line, column }, read.message);
  return undefined;
}

type Flaw = { readonly at: number; readonly message: string };

/** Reads a value in double quotes, with the escapes \" and \\. */
function quoted(value: string): string | Flaw {
  let end = 1;
  while (end < value.length && value[end] !== '"') {
    end += value[end] === "\\" ? 2 : 1;
  }
  if (end >= value.length) {
    return {
      at: 0,
      message:
        'Cannot find the end of a quote: expected " at the end, e.g. "a b"',
    };
  }
  const rest = value.slice(end + 1);
  if (comment.test(rest)) {
    return value.slice(1, end).replace(/\\(["\\])/g, "$1");
  }
  const message = `Cannot read ${
    quote(trim(rest))
  } behind a quote: expected nothing or a comment, e.g. "a b" # comment`;
  return { at: end + 1 + rest.search(/[^ \t]/), message };
}

/** Reads a value without quotes, up to a comment. */
function plain(value: string): string | Flaw {
  const comments = value.matchAll(/[#;]/g).map(({ index }) => index)
    .find((at) => at === 0 || value[at - 1] === " " || value[at - 1] === "\t");
  const text = trim(value.slice(0, comments));
  const at = text.indexOf('"');
  if (at < 0) return text;
  return {
    at,
    message:
      'Cannot read a quote within a value: expected quotes around all of it and \\" inside, e.g. "say \\"hi\\""',
  };
}
