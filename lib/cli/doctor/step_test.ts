import { assertEquals } from "@std/assert";
import { bold, red } from "@std/fmt/colors";
import { bad, good, stepLines, unknown } from "./step.ts";

Deno.test("stepLines() aligns a step's words, and what to do below them", () => {
  const long = bad("so ".repeat(25).trim(), "do ".repeat(25).trim());
  const lines = [
    { step: "name" as const, ...good("it has one") },
    { step: "settings" as const, ...unknown("who knows", "Ask") },
    { step: "route" as const, ...long },
  ].flatMap((step) => stepLines(step));
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

Deno.test("stepLines() paints the sign, and what to do", () => {
  const step = { step: "name" as const, ...bad("no", "Do") };
  assertEquals(stepLines(step, true), [
    `  ${red("✗")} name      no`,
    bold("              → Do"),
  ]);
});
