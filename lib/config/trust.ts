/**
 * Which files are believed.
 *
 * @module
 */
import type { FileContent } from "../world.ts";
import { show } from "./quote.ts";

/** What is wrong with a file's owner or permissions, and what fixes it; `null` if it can be trusted. Only root and `user` may be able to change it. */
export function distrust(
  path: string,
  { owner, mode }: Pick<FileContent, "owner" | "mode">,
  user: number,
): string | null {
  if (owner !== 0 && owner !== user) {
    return `the file belongs to user ${owner}, expected root or user ${user}`;
  }
  if ((mode & 0o022) === 0) return null;
  return `others can write the file, \`chmod go-w ${
    inShell(path)
  }\` fixes that`;
}

/** A file's name in a message: as it is, unless it could act on a terminal. */
export function nameOf(path: string): string {
  if (path === "-") return "stdin";
  return show(path);
}

/** A path as it has to be typed into a shell. */
export function inShell(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path)
    ? path
    : `'${path.replaceAll("'", "'\\''")}'`;
}
