import { assertEquals } from "@std/assert";
import {
  formatTimes,
  grouped,
  ordinal,
  percent,
  percents,
  roundTrip,
  span,
} from "./words.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

Deno.test("formatTimes() writes the shortest, average and longest round trip", () => {
  assertEquals(formatTimes(1.94, 2, 1234.56), "1.9/2/1234.6 ms");
  assertEquals(formatTimes(null, null, null), "-");
});

Deno.test("ordinal() writes a place in a row", () => {
  const places = [1, 2, 3, 4, 10, 11, 12, 13, 21, 22, 101, 111, 1_002];
  assertEquals(
    places.map(ordinal).join(" "),
    "1st 2nd 3rd 4th 10th 11th 12th 13th 21st 22nd 101st 111th 1,002nd",
  );
});

Deno.test("span() in short names the largest unit alone", () => {
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
  for (const [ms, text] of rows) assertEquals(span(ms, "short"), text);
});

Deno.test("span() says how long something lasts", () => {
  const rows: [ms: number, text: string][] = [
    [-5, "0 s"],
    [0, "0 s"],
    [49, "< 0.1 s"],
    [50, "0.1 s"],
    [400, "0.4 s"],
    [6_100, "6.1 s"],
    [9_949, "9.9 s"],
    [9_950, "10 s"],
    [59_499, "59 s"],
    [59_500, "1 min"],
    [9 * minute + 5_000, "9 min 5 s"],
    [10 * minute + 5_000, "10 min"],
    [hour, "1 h"],
    [2 * hour + 5 * minute, "2 h 5 min"],
    [day - 1, "1 d"],
    [3 * day + 4 * hour, "3 d 4 h"],
  ];
  for (const [ms, text] of rows) assertEquals(span(ms), text, `${ms}`);
});

Deno.test("percents() writes the unit once", () => {
  const rows: [shares: (number | null)[], text: string][] = [
    [[0, 1 / 30], "0/3.3 %"],
    [[0.0004, 1], "< 0.1/100 %"],
    [[null, 0.05], "-/5 %"],
    [[null, null], "-"],
  ];
  for (const [shares, text] of rows) assertEquals(percents(...shares), text);
});

Deno.test("percent() never rounds to all or nothing", () => {
  const rows: [share: number | null, text: string][] = [
    [null, "–"],
    [0, "0 %"],
    [0.00001, "< 0.01 %"],
    [0.0001, "0.01 %"],
    [0.07, "7 %"],
    [11 / 13, "84.61 %"],
    [0.99999, "99.99 %"],
    [1, "100 %"],
  ];
  for (const [share, text] of rows) assertEquals(percent(share), text);
  const short: [share: number | null, text: string][] = [
    [null, "-"],
    [0, "0 %"],
    [0.0004, "< 0.1 %"],
    [0.0014, "0.1 %"],
    [1 / 3, "33.3 %"],
    [0.9999, "99.9 %"],
    [1, "100 %"],
  ];
  for (const [share, text] of short) {
    assertEquals(percent(share, "short"), text);
  }
});

Deno.test("roundTrip() and grouped() write numbers for people", () => {
  const rows: [ms: number | null, text: string][] = [
    [null, "–"],
    [0.44, "0.4 ms"],
    [9.96, "10 ms"],
    [999.4, "999 ms"],
    [999.6, "1 s"],
    [1_249, "1.2 s"],
  ];
  for (const [ms, text] of rows) assertEquals(roundTrip(ms), text);
  assertEquals([0, 999, 1_000, 1_234_567].map(grouped), [
    ...["0", "999", "1,000", "1,234,567"],
  ]);
});
