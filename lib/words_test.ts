import { assertEquals } from "@std/assert";
import { formatShare, formatSpan, formatTimes } from "./words.ts";

Deno.test("formatShare() writes a share in percent, with a decimal at most", () => {
  const rows: [share: number | null, text: string][] = [
    [null, "-"],
    [0, "0 %"],
    [0.0004, "0 %"],
    [0.0014, "0.1 %"],
    [1 / 3, "33.3 %"],
    [1, "100 %"],
  ];
  for (const [share, text] of rows) assertEquals(formatShare(share), text);
});

Deno.test("formatTimes() writes the shortest, average and longest round trip", () => {
  assertEquals(formatTimes(1.94, 2, 1234.56), "1.9/2/1234.6 ms");
  assertEquals(formatTimes(null, null, null), "-");
});

Deno.test("formatSpan() writes a time in the largest unit that it has one of", () => {
  const rows: [ms: number, text: string][] = [
    [-5_000, "0 s"],
    [0, "0 s"],
    [499, "0 s"],
    [500, "1 s"],
    [59_400, "59 s"],
    [59_600, "1 min"],
    [3_599_000, "59 min"],
    [3_600_000, "1 h"],
    [86_399_000, "23 h"],
    [86_400_000, "1 d"],
    [40 * 86_400_000, "40 d"],
  ];
  for (const [ms, text] of rows) assertEquals(formatSpan(ms), text);
});
