import { assertEquals } from "@std/assert";
import type { Verdict } from "../../verdict.ts";
import { conclusionOf } from "./conclusion.ts";
import type { Step } from "./step.ts";

Deno.test("conclusionOf() says what to do first", () => {
  type Part = Pick<Step, "ok" | "advice">;
  const well: Part = { ok: true, advice: null };
  const rows: [steps: Part[], verdict: Verdict, conclusion: string | null][] = [
    [[well], "alive", "All is well: there is nothing to do."],
    [
      [well, { ok: true, advice: "lifesign copes" }],
      "alive",
      "All is well: there is nothing to do.",
    ],
    [
      [
        well,
        { ok: true, advice: "Later" },
        { ok: false, advice: "Try 1.5 s, e.g. --timeout 1500ms. Then wait" },
        { ok: false, advice: "Never" },
      ],
      "silent",
      "To begin with: Try 1.5 s, e.g. --timeout 1500ms.",
    ],
    [
      [{ ok: false, advice: "Is it right? `ip neigh` says" }],
      "silent",
      "To begin with: Is it right?",
    ],
    [[{ ok: null, advice: "Say bind" }], "silent", "To begin with: Say bind."],
    [[well], "dead", null],
  ];
  for (const [steps, verdict, conclusion] of rows) {
    assertEquals(conclusionOf(steps, verdict), conclusion);
  }
});
