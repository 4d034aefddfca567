/**
 * The systemd journal behind stderr.
 *
 * @module
 */
import type { Environment } from "../world.ts";

/** Whether stderr is still the file that systemd has named, by device and inode, as the journal. */
export function isJournal({ get }: Environment): boolean {
  const named = get("JOURNAL_STREAM");
  if (named === undefined) return false;
  try {
    // Importing node:fs, which could stat the descriptor, would cost every command 4 million instructions.
    const { dev, ino } = Deno.statSync("/proc/self/fd/2");
    return named === `${dev}:${ino}`;
  } catch {
    return false;
  }
}
