import { assert } from "@std/assert";
import { fuzzEngine } from "./engine.ts";
import { most, trySeeds } from "./seeds.ts";

Deno.test("the engine keeps its rules on schedules that chance makes", () => {
  const verdicts = new Set<string>();
  trySeeds((seed) => {
    for (const verdict of fuzzEngine(seed).verdicts) verdicts.add(verdict);
  }, { first: 1, count: most(100_000, 2_000) });
  const all = "alive dead garbled silent unresolved unsendable";
  assert(
    [...verdicts].toSorted().join(" ") === all,
    "not all verdicts came up",
  );
});
