import { assertEquals } from "@std/assert";
import type { LoginStatus } from "../finding.ts";
import { loginWords } from "./login_words.ts";

Deno.test("loginWords() says what logins are at", () => {
  const rows: [
    state: LoginStatus["state"],
    reason: LoginStatus["reason"],
    attempt: number,
    wait: number | null,
    words: string | null,
  ][] = [
    ["idle", "dead", 3, null, null],
    ["due", "dead", 3, 40_000, "dead, logs in again in 40 s (3rd time)"],
    ["due", "dead", 1, 0, "dead, logs in again now (1st time)"],
    ["due", "start", 1, 0, "not logged in yet, logs in now (1st time)"],
    [
      "due",
      "start",
      12,
      1_800_000,
      "not logged in yet, logs in again in 30 min (12th time)",
    ],
    [
      "running",
      "dead",
      2,
      null,
      "dead, is logging in again (2nd time)",
    ],
    [
      "running",
      "start",
      1,
      null,
      "not logged in yet, is logging in (1st time)",
    ],
    [
      "hopeful",
      "start",
      1,
      null,
      "has logged in (1st time), and asks whether that has helped",
    ],
    [
      "over",
      "dead",
      4,
      null,
      "dead, and logging in is given up after the 4th time",
    ],
  ];
  for (const [state, reason, attempt, wait, words] of rows) {
    assertEquals(loginWords({ state, reason, attempt }, wait), words);
  }
});
