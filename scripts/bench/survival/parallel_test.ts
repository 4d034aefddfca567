import { assertEquals, assertNotEquals } from "@std/assert";
import { figuresOf } from "./experiment.ts";
import { figuresOfAll } from "./parallel.ts";

Deno.test("figuresOfAll() finds what figuresOf() finds, the same with the same seed alone", async () => {
  const experiments = [1, 2, 3, 1].map((seed) => ({
    about: seed === 2 ? "deaths" as const : "survival" as const,
    loss: 0.3,
    sessions: 5,
    seed,
  }));
  const figures = await figuresOfAll(experiments);
  assertEquals(figures, experiments.map(figuresOf));
  assertEquals(figures[3], figures[0]);
  assertNotEquals(figures[2], figures[0]);
});
