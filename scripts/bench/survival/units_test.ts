import { assertEquals } from "@std/assert";
import { percent, seconds } from "./units.ts";

Deno.test("percent() rounds nothing to none or all", () => {
  const rows: [share: number, text: string][] = [
    [0, "0.0 %"],
    [0.000_01, "< 0.1 %"],
    [0.0005, "0.1 %"],
    [0.9949, "99.5 %"],
    [0.9994, "99.9 %"],
    [0.999_99, "> 99.9 %"],
    [1, "100.0 %"],
  ];
  for (const [share, text] of rows) assertEquals(percent(share), text);
});

Deno.test("seconds() knows never", () => {
  assertEquals([0, 88_160, Infinity].map(seconds), [
    "0.0 s",
    "88.2 s",
    "never",
  ]);
});
