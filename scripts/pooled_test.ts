import { assertEquals, assertRejects } from "@std/assert";
import { pooled } from "./pooled.ts";

Deno.test("pooled() works on items in their order, on so many at a time", async () => {
  const lines: string[] = [];
  await pooled(2, ["a", "b", "c"], async (item) => {
    lines.push(`${item} begins`);
    await Promise.resolve();
    lines.push(`${item} ends`);
  });
  assertEquals(lines.slice(0, 3), ["a begins", "b begins", "a ends"]);
  assertEquals([lines.length, lines.at(-1)], [6, "c ends"]);
});

Deno.test("pooled() rejects with the first error, and has nothing to do for nothing", async () => {
  const failure = new Error("no");
  const result = pooled(3, [1], () => Promise.reject(failure));
  await assertRejects(() => result, Error, "no");
  await pooled(3, [], () => Promise.reject(failure));
});
