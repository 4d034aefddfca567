import { assert, assertEquals } from "@std/assert";
import { run } from "./harness.ts";

Deno.test("demo tells of life, loss and death, and ends with 10", async () => {
  const { code, stdout, stderr } = await run(["demo"]);
  assertEquals([code, stderr], [10, ""]);
  for (const word of ["alive", "asked again", "logs the session out", "dead"]) {
    assert(stdout.includes(word), word);
  }
  const longest = Math.max(...stdout.split("\n").map((line) => line.length));
  assert(longest <= 90, `${longest}`);
});
