/**
 * The documents for users, and the pieces of code in them. A piece that can be
 * run has a label behind its language, as in `sh install`; nobody reads it but
 * tests, and it stays when pieces are moved.
 *
 * @module
 */
import { assert } from "@std/assert";

/** The project's folder, without a slash behind it. */
export const root: string = decodeURIComponent(
  new URL("..", import.meta.url).pathname,
).slice(0, -1);

/** Where the text for users is, README.md first. */
export const documents: readonly string[] = [
  "README.md",
  ...[...Deno.readDirSync(`${root}/docs`)].map(({ name }) => `docs/${name}`)
    .filter((path) => path.endsWith(".md")).toSorted(),
];

/** A piece of code in a document. */
export interface Block {
  /** Its language; empty for none. */
  readonly language: string;
  /** Its label; empty for none. */
  readonly label: string;
  /** Its text. */
  readonly text: string;
}

/** The text of a document. */
export function readDocument(path: string): string {
  return Deno.readTextFileSync(`${root}/${path}`);
}

/** All pieces of code in a Markdown text, in their order. */
export function blocksIn(markdown: string): Block[] {
  return markdown.matchAll(/^```(\S*)(?: (\S+))?\n(.*?)^```$/gms)
    .map(([, language, label, text]) => ({
      language: language!,
      label: label ?? "",
      text: text!,
    })).toArray();
}

/** The piece of code in a document that has a label. */
export function block(path: string, label: string): string {
  const found = blocksIn(readDocument(path))
    .filter((block) => block.label === label);
  assert(found.length === 1, `${path} has ${found.length} blocks "${label}"`);
  return found[0]!.text;
}

/** The text below a heading, up to the next one of any depth. */
export function section(path: string, heading: string): string {
  const found = readDocument(path).split(/^##+ /m).find((text) =>
    text.startsWith(`${heading}\n`)
  );
  assert(found !== undefined, `${path} has no heading "${heading}"`);
  return found.slice(heading.length + 1);
}
