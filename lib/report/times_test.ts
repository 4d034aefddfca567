import { assertEquals } from "@std/assert";
import type { Zone } from "../world.ts";
import { createTimes, utc } from "./times.ts";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const noon = Date.UTC(2026, 10, 21, 12);

const ahead = (name: string, hours: number): Zone => ({
  name,
  offset: () => hours * hour,
});

const shanghai = ahead("Asia/Shanghai", 8);
const kolkata = ahead("Asia/Kolkata", 5.5);

/** In the autumn of 2026. */
const berlin: Zone = {
  name: "Europe/Berlin",
  offset: (time) => (time < Date.UTC(2026, 9, 25, 1) ? 2 : 1) * hour,
};

Deno.test("createTimes() tells the time in a time zone, and the date where it is not clear", () => {
  const within = createTimes(berlin, { from: noon, to: noon + hour });
  assertEquals(within.zone, "Europe/Berlin, UTC+01:00");
  assertEquals(within.format(noon), "2026-11-21 13:00:00");
  assertEquals(within.at(noon), "at 13:00:00");
  assertEquals(within.name(noon), "13:00:00");
  // There it is past midnight by then.
  const over = createTimes(shanghai, {
    from: noon,
    to: noon + 5 * hour,
  });
  assertEquals(over.at(noon), "on 2026-11-21 at 20:00:00");
  assertEquals(over.name(noon), "2026-11-21 20:00:00");
});

Deno.test("createTimes() says how far the zone is ahead of UTC, also where that changes", () => {
  const west = ahead("America/St_Johns", -3.5);
  const rows: [zone: Zone, days: number, text: string][] = [
    [utc, 1, "UTC, UTC+00:00"],
    [kolkata, 1, "Asia/Kolkata, UTC+05:30"],
    [west, 1, "America/St_Johns, UTC-03:30"],
    [berlin, 40, "Europe/Berlin, UTC+02:00 and UTC+01:00"],
  ];
  for (const [zone, days, text] of rows) {
    const times = createTimes(zone, { from: noon - days * day, to: noon });
    assertEquals(times.zone, text);
  }
});

Deno.test("createTimes() marks round times", () => {
  const rows: [zone: Zone, from: number, length: number, marks: string][] = [
    [utc, noon, 0, "12:00:00"],
    [utc, noon + 100, 3 * second, "12:00:01 12:00:02 12:00:03"],
    [utc, noon + 1, 50 * minute, "12:10 12:20 12:30 12:40 12:50"],
    [utc, noon, day, "12:00 18:00 11-22 06:00 12:00"],
    [kolkata, noon, day, "18:00 11-22 06:00 12:00"],
    [utc, noon, 7 * day, "11-23 11-25 11-27"],
    [utc, noon - 100 * day, 100 * day, "2026-09 2026-10 2026-11"],
    [
      utc,
      noon - 365 * day,
      365 * day,
      "2026-01 2026-03 2026-05 2026-07 2026-09 2026-11",
    ],
    [utc, noon - 9 * 365 * day, 9 * 365 * day, "2018 2020 2022 2024 2026"],
    // Midnight there is at 22:00 before and at 23:00 after the clock is set back.
    [
      berlin,
      Date.UTC(2026, 9, 23),
      4 * day,
      "10-24 10-25 10-26 10-27",
    ],
  ];
  for (const [zone, from, length, marks] of rows) {
    const period = { from, to: from + length };
    const found = createTimes(zone, period).marks(from, period.to, 6);
    assertEquals(found.map(({ label }) => label).join(" "), marks, zone.name);
  }
  const [first, second_] = createTimes(berlin, { from: 0, to: 1 })
    .marks(Date.UTC(2026, 9, 24, 12), Date.UTC(2026, 9, 26, 12), 2);
  assertEquals([first!.time, second_!.time], [
    Date.UTC(2026, 9, 24, 22),
    Date.UTC(2026, 9, 25, 23),
  ]);
});

Deno.test("createTimes() never marks more than it is asked to, whatever the period", () => {
  for (let length = second; length < 1e14; length *= 3) {
    const period = { from: noon - length, to: noon };
    const { length: count } = createTimes(utc, period)
      .marks(period.from, period.to, 6);
    assertEquals(count <= 7, true, `${length} ms: ${count}`);
  }
});
