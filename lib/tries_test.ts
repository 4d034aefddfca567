import { assertEquals } from "@std/assert";
import { seriesTime, waitAfter } from "./tries.ts";

Deno.test("each try waits half as long again", () => {
  const waits = [0, 1, 2].map((made) => waitAfter(1000, made));
  assertEquals(waits, [1000, 1500, 2250]);
  assertEquals(seriesTime({ timeout: 1000, tries: 3 }), 4750);
});
