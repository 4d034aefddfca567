import { assertEquals } from "@std/assert";
import type { Zone } from "../world.ts";
import { daysOf, heatOf, hoursOf, spread } from "./calendar.ts";
import { stretchesOf } from "./stretches.ts";
import { cycleOf } from "./test_records.ts";
import { utc } from "./times.ts";

const minute = 60_000;
const hour = 60 * minute;
const noon = Date.UTC(2026, 10, 21, 12);

/** In the autumn of 2026, when 2:00 to 3:00 comes twice. */
const berlin: Zone = {
  name: "Europe/Berlin",
  offset: (time) => (time < Date.UTC(2026, 9, 25, 1) ? 2 : 1) * hour,
};

const kolkata: Zone = { name: "Asia/Kolkata", offset: () => 5.5 * hour };

Deno.test("hoursOf() and daysOf() divide a period by the clock", () => {
  const rows: [zone: Zone, from: number, hours: number, slots: string][] = [
    [utc, noon, 0, ""],
    [utc, noon - 30 * minute, 1, "11+30 12+30"],
    [kolkata, noon, 2, "17+30 18+60 19+30"],
    [berlin, Date.UTC(2026, 9, 25), 3, "2+60 2+60 3+60"],
  ];
  for (const [zone, from, hours, slots] of rows) {
    const found = hoursOf({ from, to: from + hours * hour }, zone);
    const told = found.map(({ hour, from, to }) =>
      `${hour}+${(to - from) / minute}`
    );
    assertEquals(told.join(" "), slots, zone.name);
  }
  // A day of 25 hours.
  const from = Date.UTC(2026, 9, 23, 22);
  const days = daysOf(hoursOf({ from, to: from + 60 * hour }, berlin));
  assertEquals(days.map(({ date, from, to }) => [date, (to - from) / hour]), [
    ...[["2026-10-24", 24], ["2026-10-25", 25], ["2026-10-26", 11]],
  ]);
});

Deno.test("spread() and heatOf() tell what slots were like, for all sessions together", () => {
  const stretches = stretchesOf([
    cycleOf({ time: noon, next: 2 * hour }),
    cycleOf({ time: noon + 90 * minute, verdict: "dead", next: hour }),
  ], { from: null, to: noon + 3 * hour });
  const hours = hoursOf({ from: noon - hour, to: noon + 3 * hour }, utc);
  const sums = spread([stretches, stretches], hours);
  assertEquals(
    sums.map(({ alive, dead }) => [alive / minute, dead / minute]),
    [[0, 0], [120, 0], [60, 60], [0, 120]],
  );
  const { daysPerRow, rows } = heatOf([stretches], hours);
  assertEquals([daysPerRow, rows.length], [1, 1]);
  assertEquals(
    rows[0]!.hours.map((sums) => sums && sums.dead / minute).slice(10, 16),
    [null, 0, 0, 30, 60, null],
  );
});

Deno.test("heatOf() puts several days in a row where there are many", () => {
  const hours = hoursOf({ from: noon, to: noon + 400 * 24 * hour }, utc);
  const { daysPerRow, rows } = heatOf([], hours);
  assertEquals([daysPerRow, rows.length], [5, 81]);
});
