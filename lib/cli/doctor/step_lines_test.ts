import { assertEquals } from "@std/assert";
import { bad, good, open } from "./step.ts";
import { stepLines } from "./step_lines.ts";

Deno.test("stepLines() aligns a step's words, and what to do below them", () => {
  assertEquals(stepLines(good("name", "it has one")), [
    "  ✓ name      it has one",
  ]);
  assertEquals(stepLines(open("settings", "who knows", "Ask")), [
    "  – settings  who knows",
    "              → Ask",
  ]);
  assertEquals(
    stepLines(bad("route", "so ".repeat(25).trim(), "do ".repeat(25).trim())),
    [
      `  ✗ route     ${"so ".repeat(22).trim()}`,
      `              so so so`,
      `              → ${"do ".repeat(21).trim()}`,
      `                do do do do`,
    ],
  );
});
