/**
 * What may go wrong where logins run by themselves.
 *
 * @module
 */
import type { OpenSession } from "./sessions.ts";

/** Warns where two agents, or two sessions, could log in for one account. */
export function loginWarnings(
  sessions: readonly Pick<OpenSession, "name" | "login">[],
  lockFile: string | null,
): string[] {
  const warnings: string[] = [];
  const names = new Map<string, string>();
  for (const { name, login } of sessions) {
    if (login === null) continue;
    const other = names.get(login);
    names.set(login, other ?? name);
    // The command itself tells them apart.
    if (other === undefined || login.includes("LIFESIGN_HOOK_")) continue;
    warnings.push(
      `[${other}] and [${name}] have the same login: if it does not look at $LIFESIGN_HOOK_SESSION, both log in for one account`,
    );
  }
  if (names.size > 0 && lockFile === null) {
    warnings.push(
      "login without lock_file: another lifesign may log in for the same account, expected e.g. lock_file = /run/lifesign.lock",
    );
  }
  return warnings;
}
