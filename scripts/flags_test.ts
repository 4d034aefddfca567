import { assertEquals, assertThrows } from "@std/assert";
import { readFlags } from "./flags.ts";

Deno.test("readFlags() reads known flags, and refuses anything else", () => {
  const read = (...args: string[]) => readFlags(args, ["only"], "refused");
  assertEquals([read(), read("--only=a")], [{}, { only: "a" }]);
  for (const args of [["a"], ["--onyl", "a"], ["--only", "a", "b"], ["-q"]]) {
    assertThrows(() => read(...args), Error, "refused");
  }
});
