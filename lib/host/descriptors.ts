/**
 * What this process may have open.
 *
 * @module
 */
import type { Descriptors } from "../world.ts";

/** Tries it out, since the limit itself is in /proc, where nothing may be read. */
export const descriptors: Descriptors = {
  free(most) {
    const open: Deno.FsFile[] = [];
    try {
      while (open.length < most) open.push(Deno.openSync("/"));
    } catch {
      // There are no more.
    }
    for (const file of open) file.close();
    return open.length;
  },
};
