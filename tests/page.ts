/**
 * The commands on a page of the documentation.
 *
 * @module
 */
import { assert } from "@std/assert";

/** A page. */
export interface Page {
  /** All blocks of commands. */
  readonly all: readonly string[];
  /** Those below a heading, up to the next one. */
  blocks(heading: string): readonly string[];
}

/** Reads a page, by its path in the project. */
export function createPage(path: string): Page {
  const text = Deno.readTextFileSync(new URL(`../${path}`, import.meta.url));
  const blocksIn = (part: string) =>
    [...part.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block!);
  return {
    all: blocksIn(text),
    blocks(heading) {
      const part = text.split(/^##+ /m).find((it) =>
        it.startsWith(`${heading}\n`)
      );
      assert(part !== undefined, heading);
      return blocksIn(part);
    },
  };
}
