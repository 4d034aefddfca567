import { assertEquals } from "@std/assert";
import type { Verdict } from "../verdict.ts";
import { figuresOf, niceWidth, quantile } from "./figures.ts";
import { utc } from "./times.ts";
import type { Cycle, Entry } from "./records.ts";
import { cycleOf, recordsOf } from "./test_records.ts";

const minute = 60_000;
const start = Date.UTC(2026, 10, 21, 12, 55);

interface Row {
  readonly rtt?: number;
  readonly tries?: number;
  readonly lost?: number;
}

function cycle(
  at: number,
  verdict: Verdict,
  { rtt, tries = 1, lost = 0 }: Row = {},
): Cycle {
  const time = start + at * minute;
  const times = { rtt: rtt ?? null, answer: rtt ?? null };
  return cycleOf({ time, verdict, ...times, tries, lost });
}

function figures(entries: readonly Entry[], to: number) {
  const period = { from: null, to: start + to * minute, zone: utc };
  return figuresOf(recordsOf({ entries }), period)!;
}

// 12:55 to 13:04 alive, each after 1 to 10 ms; 13:05 and 13:06 silent; 13:07
// alive after 11 ms, asked twice; then nothing until 13:15.
const entries: readonly Entry[] = [
  ...Array.from({ length: 10 }, (_, k) => cycle(k, "alive", { rtt: k + 1 })),
  cycle(10, "silent", { tries: 3, lost: 3 }),
  cycle(11, "silent", { tries: 3, lost: 3 }),
  cycle(12, "alive", { rtt: 11, tries: 2, lost: 1 }),
];

Deno.test("figuresOf() works out what a pencil works out", () => {
  const found = figures(entries, 20);
  assertEquals([found.from, found.to], [start, start + 20 * minute]);
  assertEquals(found.cycles, 13);
  assertEquals(found.verdicts, { alive: 11, silent: 2 });
  // Alive 0-10 and 12-13, where the next cycle was due; fault 10-12.
  assertEquals(found.durations, {
    alive: 11 * minute,
    network: 2 * minute,
    machine: 0,
    dead: 0,
    unwatched: 7 * minute,
  });
  assertEquals(found.availability, 11 / 13);
  assertEquals([found.coverage, found.gaps.length], [13 / 20, 1]);
  assertEquals(found.counts, { network: 1, machine: 0, dead: 0 });
  // 10 × 1 + 2 × 3 + 2 tries, 2 × 3 + 1 of them lost.
  assertEquals(found.losses, { time: start, tries: 18, lost: 7 });
  // Only the last cycle was answered in spite of a loss.
  assertEquals(found.answered, { time: start, tries: 12, lost: 1 });
  assertEquals(found.answeredLoss, 1 / 12);
  // Of 11 values the 6th (0.5 × 11 = 5.5) and the 11th (0.95 × 11 = 10.45).
  assertEquals(found.roundTrips, {
    time: start,
    count: 11,
    least: 1,
    median: 6,
    p95: 11,
  });
  // 13 min in 13 cycles: six of them take 6 min, the next width is 10 min.
  // 1 to 5: the 3rd and the 5th; 6 to 11: the 3rd and the 6th.
  const [one, other] = [start - 5 * minute, start + 5 * minute];
  assertEquals(found.overTime, {
    width: 10 * minute,
    values: [
      {
        ...{ time: one, tries: 5, lost: 0 },
        ...{ first: start, last: start + 4 * minute },
        roundTrips: { time: one, count: 5, least: 1, median: 3, p95: 5 },
      },
      {
        ...{ time: other, tries: 13, lost: 7 },
        ...{ first: other, last: other + 7 * minute },
        roundTrips: { time: other, count: 6, least: 6, median: 8, p95: 11 },
      },
    ],
  });
});

Deno.test("figuresOf() has each day of the zone", () => {
  // Midnight there is at 13:00: 12:55 to 12:59, then to 13:15.
  const zone = { name: "there", offset: () => 11 * 60 * minute };
  const period = { from: null, to: start + 20 * minute, zone };
  const { days, heat } = figuresOf(recordsOf({ entries }), period)!;
  assertEquals(
    days.map((day) => [
      ...[day.date, day.watched / minute, day.length / minute],
      ...[day.availability, day.coverage, day.outages],
      ...[day.answered.tries, day.answered.lost],
      ...[day.roundTrips?.median, day.roundTrips?.p95],
    ]),
    [
      ["2026-11-21", 5, 5, 1, 1, 0, 5, 0, 3, 5],
      ["2026-11-22", 8, 15, 6 / 8, 8 / 15, 1, 7, 1, 8, 11],
    ],
  );
  assertEquals(
    heat.rows.map(({ date, hours }) => [
      date,
      hours.findIndex((sums) => sums !== null),
      hours.filter((sums) => sums !== null).length,
    ]),
    [["2026-11-21", 23, 1], ["2026-11-22", 0, 1]],
  );
});

Deno.test("figuresOf() tells logins, reconnects, and when it was watched in another way", () => {
  const watch = {
    ...{ version: "0.1.0", host: null, target: "t", source: null },
    ...{ interval: minute, timeout: 1_000, tries: 3 },
  };
  const watches = [
    { time: start, watch },
    { time: start + minute, watch: { ...watch } },
    { time: start + 2 * minute, watch: { ...watch, tries: 4 } },
  ];
  const logins = [{ time: start, login: 0 }];
  const records = recordsOf({
    watches,
    logins,
    entries: [
      cycle(0, "alive"),
      cycleOf({ time: start + minute, reconnect: "ended the connection" }),
    ],
  });
  const period = { from: null, to: start + 2 * minute, zone: utc };
  const found = figuresOf(records, period)!;
  assertEquals(found.watches, [watches[0]!, watches[2]!]);
  assertEquals(found.logins, logins);
  assertEquals(found.reconnects, [
    { time: start + minute, reason: "ended the connection" },
  ]);
});

Deno.test("figuresOf() lists outages with what was before and after", () => {
  const all = [
    cycle(0, "alive"),
    cycle(1, "silent"),
    cycle(2, "dead"),
    cycle(3, "alive"),
    cycle(4, "unsendable"),
    { time: start + 4.5 * minute, late: "alive", answer: 30_000 } as const,
    cycle(5, "garbled"),
  ];
  assertEquals(
    figures(all, 6).outages.map((outage) => [
      ...[outage.condition, outage.verdicts.join(), outage.lateAfter],
      ...[outage.from, outage.to, outage.lastAlive, outage.previous?.from]
        .map((time) => time == null ? null : (time - start) / minute),
      ...[outage.before?.condition, outage.after?.condition],
    ]),
    [
      ["fault", "silent", null, 1, 2, 0, null, "alive", "dead"],
      ["dead", "dead", null, 2, 3, 0, 1, "fault", "alive"],
      ["fault", "unsendable", 30_000, 4, 4.5, 3, 2, "alive", "alive"],
      ["fault", "garbled", null, 5, 6, 4.5, 4, "alive", undefined],
    ],
  );
});

Deno.test("figuresOf() has no figures where there is nothing to count", () => {
  const records = recordsOf({ gateway: null });
  assertEquals(figuresOf(records, { from: null, to: start, zone: utc }), null);
  const found = figures([cycle(0, "silent", { tries: 0 })], 0);
  assertEquals([found.availability, found.roundTrips], [null, null]);
  assertEquals(found.losses.tries, 0);
  const quiet = figuresOf(
    { ...records, before: [cycle(0, "alive")] },
    { from: start + 30 * minute, to: start + 40 * minute, zone: utc },
  )!;
  assertEquals([quiet.cycles, quiet.availability], [0, null]);
});

Deno.test("quantile() takes the nearest rank", () => {
  const hundred = Array.from({ length: 100 }, (_, k) => k + 1);
  const rows: [sorted: number[], share: number, value: number][] = [
    [[7], 0.5, 7],
    [[7], 0.95, 7],
    [[1, 2], 0.5, 1],
    [[1, 2], 0.95, 2],
    [[1, 2, 3], 0.5, 2],
    [hundred.slice(0, 20), 0.95, 19],
    [hundred.slice(0, 10), 0.99, 10],
    [hundred, 0, 1],
    [hundred, 0.5, 50],
    [hundred, 0.95, 95],
    [hundred, 0.99, 99],
    [hundred, 1, 100],
    [[1, Infinity], 0.51, Infinity],
    [[], 0.5, NaN],
  ];
  for (const [sorted, share, value] of rows) {
    assertEquals(quantile(sorted, share), value, `${share} of ${sorted}`);
  }
});

Deno.test("niceWidth() takes a round width", () => {
  const hour = 60 * minute;
  const day = 24 * hour;
  assertEquals([1, hour, hour + 1, 29 * day].map(niceWidth), [
    ...[1_000, hour, 2 * hour, 56 * day],
  ]);
});
