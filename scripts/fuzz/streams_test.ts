import { assertEquals } from "@std/assert";
import { most, trySeeds } from "./seeds.ts";
import { fuzzStreams } from "./streams.ts";

Deno.test("connections keep their rules on schedules that chance makes", () => {
  const verdicts = new Set<string>();
  trySeeds((seed) => {
    for (const verdict of fuzzStreams(seed).verdicts) verdicts.add(verdict);
  }, { first: 1, count: most(20_000, 2_000) });
  assertEquals([...verdicts].toSorted(), [
    "alive",
    "dead",
    "garbled",
    "silent",
    "unsendable",
  ]);
});
