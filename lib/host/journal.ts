/**
 * The systemd journal behind stderr.
 *
 * @module
 */
import { environment } from "./environment.ts";

/**
 * Whether stderr is the journal: systemd says which device and inode it has
 * connected, and a shell may have redirected stderr since.
 */
export function isJournal(): boolean {
  const named = environment.get("JOURNAL_STREAM");
  if (named === undefined) return false;
  try {
    // To import node:fs, which could ask the descriptor, would cost every command 4 million instructions.
    const { dev, ino } = Deno.statSync("/proc/self/fd/2");
    return named === `${dev}:${ino}`;
  } catch {
    return false;
  }
}
