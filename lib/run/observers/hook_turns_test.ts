import { assertEquals } from "@std/assert";
import type { Verdict, VerdictClass } from "../../verdict.ts";
import {
  endTurn,
  faultDue,
  freeTurns,
  hookEnvironment,
  hookOf,
  type Turns,
  wantTurn,
} from "./hook_turns.ts";

Deno.test("hookOf() names the class, but for the first sign of life", () => {
  const rows: [Verdict | "none", Verdict, VerdictClass | null][] = [
    ["none", "alive", null],
    ["none", "dead", "dead"],
    ["none", "unresolved", "fault"],
    ["alive", "dead", "dead"],
    ["alive", "silent", "fault"],
    ["silent", "alive", "alive"],
    ["garbled", "dead", "dead"],
    ["dead", "alive", "alive"],
    ["dead", "unsendable", "fault"],
  ];
  for (const [from, to, hook] of rows) {
    assertEquals(hookOf({ from, to }), hook, `${from} ${to}`);
  }
});

Deno.test("hookEnvironment() tells all there is to know", () => {
  const rows: [
    Verdict | "none",
    Verdict,
    event: VerdictClass | "cycle",
    code: string,
  ][] = [
    ["alive", "dead", "dead", "10"],
    ["none", "silent", "fault", "20"],
    ["alive", "unsendable", "fault", "21"],
    ["dead", "unresolved", "fault", "22"],
    ["alive", "garbled", "fault", "23"],
    ["silent", "alive", "alive", "0"],
    ["alive", "alive", "cycle", "0"],
    ["none", "garbled", "cycle", "23"],
  ];
  for (const [from, to, event, code] of rows) {
    const since = Date.UTC(2026, 10, 21, 5, 30, 1, 2);
    const session = { name: "dorm", gateway: "[2001:db8::1]:3335", since };
    assertEquals(hookEnvironment(event, { from, to }, session), {
      LIFESIGN_HOOK_EVENT: event,
      LIFESIGN_HOOK_SESSION: "dorm",
      LIFESIGN_HOOK_VERDICT: to,
      LIFESIGN_HOOK_PREVIOUS: from,
      LIFESIGN_HOOK_SINCE: "2026-11-21T05:30:01.002Z",
      LIFESIGN_HOOK_GATEWAY: "[2001:db8::1]:3335",
      LIFESIGN_HOOK_EXIT_CODE: code,
    });
  }
});

Deno.test("wantTurn() and endTurn() let one go at a time, and keep the newest that waits", () => {
  const rows: [steps: string, begun: string][] = [
    ["a", "a"],
    ["a.", "a"],
    ["a.b", "a b"],
    ["ab", "a"],
    ["ab.", "a b"],
    ["abc.", "a c"],
    ["abcd.e..", "a d e"],
    // Something happened that nobody wants to tell of.
    ["-", ""],
    ["a-.", "a"],
    ["ab-.", "a"],
    ["ab-c.", "a c"],
    ["a-.b", "a b"],
  ];
  for (const [steps, expected] of rows) {
    let turns: Turns<string> = freeTurns;
    const begun: string[] = [];
    for (const step of steps) {
      const [next, begins] = step === "."
        ? endTurn(turns)
        : wantTurn(turns, step === "-" ? null : step);
      turns = next;
      if (begins !== null) begun.push(begins);
    }
    assertEquals(begun.join(" "), expected, steps);
  }
});

Deno.test("faultDue() says when a fault is told of next", () => {
  const minute = 60_000;
  const rows: [
    after: number,
    every: number | null,
    lastTold: number | null,
    due: number,
  ][] = [
    [0, null, null, 5],
    [10 * minute, null, null, 10 * minute + 5],
    [10 * minute, null, 11 * minute, Infinity],
    [10 * minute, 30 * minute, null, 10 * minute + 5],
    [10 * minute, 30 * minute, 11 * minute, 41 * minute],
    [0, minute, 5, minute + 5],
  ];
  const transition = {
    from: "alive",
    to: "silent",
    at: { wall: 0, uptime: 0 },
  } as const;
  for (const [onFaultAfter, onFaultEvery, lastTold, due] of rows) {
    const fault = { transition, since: 5, lastTold };
    assertEquals(faultDue(fault, { onFaultAfter, onFaultEvery }), due);
  }
});
