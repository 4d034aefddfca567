import { assertEquals } from "@std/assert";
import { loginWarnings } from "./login_warnings.ts";

Deno.test("loginWarnings() warns where two could log in for one account", () => {
  const lock =
    "login without lock_file: another lifesign may log in for the same account, expected e.g. lock_file = /run/lifesign.lock";
  const same = (a: string, b: string) =>
    `[${a}] and [${b}] have the same login: if it does not look at $LIFESIGN_HOOK_SESSION, both log in for one account`;
  const rows: [
    logins: readonly (string | null)[],
    lock: string | null,
    warnings: string[],
  ][] = [
    [[null, null], null, []],
    [[null, "l"], null, [lock]],
    [["l"], "/run/lock", []],
    [["l", "m"], "/run/lock", []],
    [["l", null, "l"], "/run/lock", [same("a", "c")]],
    [["l", "l", "l"], "/run/lock", [same("a", "b"), same("a", "c")]],
    [["l", "l"], null, [same("a", "b"), lock]],
    [
      ["l $LIFESIGN_HOOK_SESSION", "l $LIFESIGN_HOOK_SESSION"],
      "/run/lock",
      [],
    ],
  ];
  for (const [logins, lockFile, warnings] of rows) {
    const sessions = logins.map((login, at) => ({ name: "abc"[at]!, login }));
    assertEquals(loginWarnings(sessions, lockFile), warnings);
  }
});
