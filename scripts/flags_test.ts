import { assertEquals, assertThrows } from "@std/assert";
import { readFlags, readNumbers } from "./flags.ts";

Deno.test("readFlags() reads known flags, and refuses anything else", () => {
  const read = (...args: string[]) => readFlags(args, ["only"], "refused");
  assertEquals([read(), read("--only=a")], [{}, { only: "a" }]);
  for (const args of [["a"], ["--onyl", "a"], ["--only", "a", "b"], ["-q"]]) {
    assertThrows(() => read(...args), Error, "refused");
  }
});

Deno.test("readNumbers() reads whole numbers, and refuses anything else", () => {
  const read = (...args: string[]) => readNumbers(args, { seed: 1, count: 20 });
  assertEquals(read(), { seed: 1, count: 20 });
  assertEquals(read("--count=7", "--seed", "4711"), { seed: 4711, count: 7 });
  const message = "expected only numbers, as in --seed 1 --count 20";
  for (const value of ["1e5", "x", "", "-1", "0", "1.5", "9".repeat(16)]) {
    assertThrows(() => read(`--count=${value}`), Error, message);
  }
  for (const args of [["--seeds", "1"], ["7"], ["--seed", "1", "--seed"]]) {
    assertThrows(() => read(...args), Error, message);
  }
});
