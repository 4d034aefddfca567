import { assert, assertEquals } from "@std/assert";
import type { Verdict } from "../verdict.ts";
import { dayBars, heatMap } from "./day_charts.ts";
import { figuresOf } from "./figures.ts";
import { roundTripChart } from "./round_trip_chart.ts";
import { cycleOf, recordsOf } from "./test_records.ts";
import { createTimes, utc } from "./times.ts";

const minute = 60_000;
const hour = 60 * minute;
const midnight = Date.UTC(2026, 10, 21);

interface Row {
  readonly at: number;
  readonly verdict?: Verdict;
  readonly rtt?: number;
  readonly lost?: number;
}

/** The figures of a session with these cycles, each at an hour, of as many hours. */
function figures(rows: readonly Row[], hours: number) {
  const entries = rows.map(({ at, rtt, lost = 0, verdict = "alive" }) => {
    const tries = lost + (verdict === "alive" ? 1 : 0);
    const time = midnight + at * hour;
    const trip = { rtt: rtt ?? null, answer: rtt ?? null };
    return cycleOf({ time, verdict, ...trip, tries, lost, next: hour });
  });
  const period = { from: null, to: midnight + hours * hour, zone: utc };
  const found = figuresOf(recordsOf({ entries }), period)!;
  return { found, axis: { ...found, times: createTimes(utc, found) } };
}

Deno.test("roundTripChart() draws the median in the colour of what was lost", () => {
  const rows: [lost: number, level: number][] = [
    [0, 0],
    [1, 4],
    [2, 5],
  ];
  for (const [lost, level] of rows) {
    const { found, axis } = figures([{ at: 0, rtt: 2, lost }], 1);
    const chart = roundTripChart(found, axis, "r")!;
    const [, drawn] = /<path class="(l\d)"/.exec(chart.image) ?? [];
    assertEquals(drawn, `l${level}`);
    assert(chart.image.includes(`${lost} of ${lost + 1} tr`), chart.image);
  }
  const { found, axis } = figures([{ at: 0, verdict: "silent", lost: 3 }], 1);
  const none = roundTripChart(found, axis, "r");
  assertEquals(none, null);
});

Deno.test("roundTripChart() has labels that suit the values", () => {
  const rows: [rtts: number[], labels: string][] = [
    [[2], "0 1 ms 2 ms"],
    [[2.4, 2.6], "0 1 ms 2 ms 3 ms"],
    [[40, 42, 44], "0 20 ms 40 ms 60 ms"],
    [[1, 2, 900], "1 ms 10 ms 100 ms 1 s"],
  ];
  for (const [rtts, labels] of rows) {
    const cycles = rtts.map((rtt, at) => ({ at, rtt }));
    const { found, axis } = figures(cycles, rtts.length);
    const chart = roundTripChart(found, axis, "r")!;
    const [beside = ""] = chart.image.split('<svg class="chart"');
    const texts = [...beside.matchAll(/<text[^>]*>([^<]*)</g)];
    assertEquals(texts.map(([, text]) => text).join(" "), labels);
  }
});

Deno.test("dayBars() and heatMap() tell what days and hours were like", () => {
  const rows = Array.from({ length: 36 }, (_, at): Row => ({
    at,
    verdict: at === 15
      ? "silent"
      : at === 30
      ? "dead"
      : at === 33
      ? "unsendable"
      : "alive",
  }));
  const { found, axis } = figures(rows, 36);
  const bars = dayBars(found, axis, "d");
  assertEquals(
    [...bars.matchAll(/<title>(.*?)<\/title>/g)].map(([, text]) => text),
    [
      "2026-11-21: available 95.83 % of 1 d, all of it watched; alive 23 h, network fault 1 h",
      "2026-11-22: available 83.33 % of 12 h, all of it watched; alive 10 h, fault of this machine 1 h, dead 1 h",
    ],
  );
  const map = heatMap(found.heat, { id: "h", name: "a" });
  const cells = map.matchAll(
    /<path class="([^"]*)"[^>]*><title>(.*?)<\/title>/g,
  );
  assertEquals([...cells].map(([, style, text]) => [style, text]), [
    ["network o4", "2026-11-21, 15:00: network fault 1 h"],
    ["dead o4", "2026-11-22, 6:00: dead 1 h"],
    ["machine o4", "2026-11-22, 9:00: fault of this machine 1 h"],
  ]);
  assert(map.includes(">Sat 11-21<"), map);
});
