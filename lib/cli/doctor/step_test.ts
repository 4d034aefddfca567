import { assertEquals } from "@std/assert";
import { bad, good, stepLines, unknown } from "./step.ts";

Deno.test("stepLines() aligns a step's words, and what to do below them", () => {
  const long = bad("so ".repeat(25).trim(), "do ".repeat(25).trim());
  const lines = [
    { step: "name" as const, ...good("it has one") },
    { step: "settings" as const, ...unknown("who knows", "Ask") },
    { step: "route" as const, ...long },
  ].flatMap(stepLines);
  assertEquals(lines, [
    "  ✓ name      it has one",
    "  – settings  who knows",
    "              → Ask",
    `  ✗ route     ${"so ".repeat(22).trim()}`,
    `              so so so`,
    `              → ${"do ".repeat(21).trim()}`,
    `                do do do do`,
  ]);
});
