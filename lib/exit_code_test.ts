import { assert, assertEquals } from "@std/assert";
import type { MistakeKind } from "./errors.ts";
import {
  exitCodeOf,
  exitCodeOfMistakes,
  type ExitCodeRow,
  exitCodes,
  worst,
} from "./exit_code.ts";
import { classOf, type Verdict, verdicts } from "./verdict.ts";

const rows: readonly ExitCodeRow[] = exitCodes;

/** What a crash, a shell, timeout(1), systemd or the runtime ends with. */
function isTaken(code: number): boolean {
  const single = [70, 87, 101, 111, 133, 255];
  const ranges = [[1, 9], [120, 127], [129, 192], [200, 243]] as const;
  return single.includes(code) ||
    ranges.some(([first, last]) => code >= first && code <= last);
}

Deno.test("exitCodes lists every code once, in ascending order", () => {
  assertEquals(rows.map(({ code, name }) => [code, name]), [
    [0, "OK"],
    [1, undefined],
    [10, "DEAD"],
    [20, "SILENT"],
    [21, "UNSENDABLE"],
    [22, "UNRESOLVED"],
    [23, "GARBLED"],
    [30, "STALE"],
    [64, "USAGE"],
    [66, "NOINPUT"],
    [73, "CANTCREAT"],
    [75, "BUSY"],
    [78, "CONFIG"],
    [130, undefined],
  ]);
});

Deno.test("exitCodes names no code that something else ends with", () => {
  const taken = rows.filter(({ code }) => isTaken(code));
  assertEquals(taken.map(({ code }) => code), [1, 130]);
  for (const { name } of taken) assertEquals(name, undefined);
});

Deno.test("exitCodes fits into a table in Markdown", () => {
  for (const { means, from } of rows) {
    assert(means !== "" && from !== "" && !/[|\n]/.test(means + from), means);
  }
});

Deno.test("exitCodeOf() has a code of its own for every verdict, whose tens digit is the class", () => {
  const tens = { alive: 0, dead: 1, fault: 2 };
  for (const verdict of verdicts) {
    const code = exitCodeOf(verdict);
    assertEquals(Math.floor(code / 10), tens[classOf(verdict)], verdict);
    const name = verdict === "alive" ? "OK" : verdict.toUpperCase();
    assertEquals(rows.find((row) => row.code === code)?.name, name);
  }
});

Deno.test("worst() lets dead beat faults, faults alive, and the largest code the other faults", () => {
  const order: Verdict[] = [
    "alive",
    "silent",
    "unsendable",
    "unresolved",
    "garbled",
    "dead",
  ];
  for (const [k, verdict] of order.entries()) {
    const upTo = order.slice(0, k + 1);
    assertEquals(worst(upTo), verdict);
    assertEquals(worst(upTo.toReversed()), verdict);
    assertEquals(worst([verdict, ...upTo, verdict]), verdict);
  }
  assertEquals(worst([]), undefined);
});

Deno.test("worst() leaves what it is given as it was", () => {
  const given: Verdict[] = ["alive", "dead", "silent"];
  worst(given);
  assertEquals(given, ["alive", "dead", "silent"]);
});

Deno.test("exitCodeOfMistakes() has a code for every kind, and an order of precedence", () => {
  const order: [MistakeKind, number][] = [
    ["usage", 64],
    ["config", 78],
    ["noinput", 66],
    ["cantcreat", 73],
    ["busy", 75],
  ];
  for (const [k, [kind, code]] of order.entries()) {
    const fromHere = order.slice(k).map(([kind]) => kind);
    assertEquals(exitCodeOfMistakes([kind]), code);
    assertEquals(exitCodeOfMistakes([kind, kind]), code);
    assertEquals(exitCodeOfMistakes(fromHere), code);
    assertEquals(exitCodeOfMistakes(fromHere.toReversed()), code);
  }
});
