/**
 * Which files are trusted.
 *
 * @module
 */
import type { FileContent } from "../world.ts";
import { show } from "./quote.ts";

/** Why a file can't be trusted, and what corrects that; `null` if it can. Only root and `user` may be able to write it. */
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

/** The name of a file in messages, quoted if it is unsafe for a terminal. */
export function nameOf(path: string): string {
  if (path === "-") return "stdin";
  return show(path);
}

/** A path quoted for a shell. */
export function inShell(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path)
    ? path
    : `'${path.replaceAll("'", "'\\''")}'`;
}
