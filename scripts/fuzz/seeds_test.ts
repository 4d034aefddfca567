import { assertEquals, assertThrows } from "@std/assert";
import { trySeeds } from "./seeds.ts";

Deno.test("trySeeds() tries each seed, and tells how to replay one that fails", () => {
  const tried: number[] = [];
  const property = (seed: number) => {
    tried.push(seed);
    if (seed === 12) throw new Error("it is twelve");
  };
  trySeeds(property, { first: 5, count: 3 });
  assertEquals(tried, [5, 6, 7]);
  assertThrows(
    () => trySeeds(property, { first: 11, count: 100 }),
    Error,
    "it is twelve (seed 12; deno task fuzz --seed 12 --count 1)",
  );
  assertEquals(tried.slice(3), [11, 12]);
});
