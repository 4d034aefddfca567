import { assert, assertEquals } from "@std/assert";
import { LifesignError, type Mistake } from "./errors.ts";

Deno.test("LifesignError() keeps every mistake in its order, and the cause", () => {
  const mistakes: Mistake[] = [
    { kind: "config", message: "--tries: Cannot read" },
    { kind: "usage", message: "Cannot find" },
  ];
  const cause = new TypeError("odd");
  const error = new LifesignError(mistakes, { cause });
  assert(error instanceof Error);
  assertEquals(error.name, "LifesignError");
  assertEquals(error.message, "--tries: Cannot read\nCannot find");
  assertEquals(error.mistakes, mistakes);
  assertEquals(error.cause, cause);
  assert(!("cause" in new LifesignError(mistakes)));
});
