import { assertEquals } from "@std/assert";
import {
  type Counts,
  countsIn,
  reasonLines,
  reasonOf,
  type Result,
  resultIn,
  summaryOf,
} from "./output.ts";

Deno.test("resultIn() and reasonOf() read results of tests and steps", () => {
  const rows: [string, Result?, string?][] = [
    ["a test ... ok (12ms)", { name: "a test", status: "ok" }],
    ["./a_test.ts => b ... FAILED (1m2s)", {
      name: "./a_test.ts => b",
      status: "FAILED",
    }],
    [
      "  step (skipped: no zsh) ... ignored (0ms)",
      { name: "step (skipped: no zsh)", status: "ignored" },
      "no zsh",
    ],
    [
      "b ... due to 1 failed step ... ignored (0ms)",
      { name: "b ... due to 1 failed step", status: "ignored" },
      "no reason is known",
    ],
    ["a test ..."],
    ["okay"],
    [""],
  ];
  for (const [line, result, reason] of rows) {
    const found = resultIn(line);
    assertEquals([found, found && reasonOf(found)], [result, reason], line);
  }
});

Deno.test("countsIn() reads the last line alone", () => {
  const rows: [string, Counts?][] = [
    ["ok | 12 passed (3 steps) | 0 failed | 1 ignored (2s)", {
      passed: 12,
      failed: 0,
      skipped: 1,
    }],
    ["FAILED | 0 passed | 2 failed (1 step) | 4 filtered out (12ms)", {
      passed: 0,
      failed: 2,
      skipped: 0,
    }],
    ["ok | nothing"],
    [" ok | 12 passed | 0 failed (2s)"],
  ];
  for (const [line, counts] of rows) assertEquals(countsIn(line), counts, line);
});

Deno.test("reasonLines() and summaryOf() count", () => {
  assertEquals(reasonLines(["no zsh", "no fish", "no zsh"]), [
    "skipped 1: no fish",
    "skipped 2: no zsh",
  ]);
  const run = { passed: 3, failed: 0, skipped: 2 };
  assertEquals(
    [[run, run], [run, { ...run, failed: 1 }]].map((all) =>
      summaryOf(all, 12.3)
    ),
    [
      "ok: 6 passed, 0 failed, 4 skipped in 12 s",
      "FAILED: 6 passed, 1 failed, 4 skipped in 12 s",
    ],
  );
});
