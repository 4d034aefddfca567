import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { seededRandom } from "./random.ts";

function numbers(seed: number, count: number): number[] {
  return Array.from({ length: count }, seededRandom(seed));
}

const seeds = [0, 1, 2, 7, -1, 0.5, 2 ** 31, 2 ** 32 - 1, 2 ** 53, NaN];

Deno.test("seededRandom() repeats itself with the same seed alone", () => {
  for (const seed of seeds) {
    assertEquals(numbers(seed, 50), numbers(seed, 50));
  }
  assertNotEquals(numbers(1, 5), numbers(2, 5));
  const firsts = Array.from({ length: 10_000 }, (_, k) => numbers(k, 1)[0]);
  assertEquals(new Set(firsts).size, firsts.length);
});

Deno.test("seededRandom() spreads its numbers from 0 up to 1 with every seed", () => {
  for (const seed of seeds) {
    const all = numbers(seed, 10_000);
    assert(all.every((number) => number >= 0 && number < 1));
    const buckets = Array(10).fill(0);
    for (const number of all) buckets[Math.floor(number * 10)]++;
    // Six times the standard deviation of 30.
    assert(buckets.every((n) => n > 820 && n < 1180), `${seed}: ${buckets}`);
  }
});

Deno.test("seededRandom() begins differently with neighbouring seeds", () => {
  const buckets = Array(10).fill(0);
  for (let seed = 0; seed < 10_000; seed++) {
    buckets[Math.floor(numbers(seed, 1)[0]! * 10)]++;
  }
  assert(buckets.every((n) => n > 700 && n < 1300), `${buckets}`);
});
