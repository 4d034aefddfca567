/**
 * The systemd journal behind stderr.
 *
 * @module
 */
import { fstatSync } from "node:fs";

/**
 * Whether stderr is the journal: systemd says which device and inode it has
 * connected, and a shell may have redirected stderr since.
 */
export function isJournal(): boolean {
  const named = Deno.env.get("JOURNAL_STREAM");
  if (named === undefined) return false;
  const { dev, ino } = fstatSync(2, { bigint: true });
  return named === `${dev}:${ino}`;
}
