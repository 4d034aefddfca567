import { assertEquals } from "@std/assert";
import { rowOf, tableOf } from "./row.ts";

const rows = [
  rowOf({
    what: "check",
    unit: "ms",
    lifesign: [40, 44, 300],
    peer: "floor",
    others: [32, 40, 200],
    wanted: { of: "ratio", atMost: 1.25 },
  }),
  rowOf({
    what: "memory",
    unit: "MB",
    lifesign: [30],
    peer: "floor",
    others: [24.5],
    wanted: { of: "difference", atMost: 4 },
  }),
  rowOf({
    what: "rate",
    unit: "/s",
    lifesign: [12_345],
    peer: "Python",
    others: [6_000],
    wanted: { of: "ratio", atLeast: 1.5 },
  }),
  rowOf({
    what: "start-up",
    unit: "s",
    lifesign: [1.234],
    wanted: { of: "value", atMost: 1.5 },
  }),
  rowOf({ what: "fping", unit: "ms", lifesign: [40], others: [1], peer: "C" }),
];

Deno.test("rowOf() compares turn by turn", () => {
  assertEquals(rows.map(({ compared }) => compared?.median), [
    1.25,
    5.5,
    2.0575,
    1.234,
    40,
  ]);
});

Deno.test("rowOf() judges what is wanted", () => {
  assertEquals(rows.map(({ met }) => met), [true, false, true, true, null]);
});

Deno.test("tableOf() tells figures, comparison and limit", () => {
  assertEquals(
    tableOf(rows),
    `\
|          |  lifesign |             peer |           compared |   wanted | met |
| -------- | --------: | ---------------: | -----------------: | -------: | --: |
| check    |   44.0 ms |   floor: 40.0 ms | 1.25 × (1.10–1.50) | ≤ 1.25 × | yes |
| memory   |   30.0 MB |   floor: 24.5 MB |           +5.50 MB |  ≤ +4 MB |  no |
| rate     | 12,345 /s | Python: 6,000 /s |             2.06 × |  ≥ 1.5 × | yes |
| start-up |    1.23 s |                  |                    |  ≤ 1.5 s | yes |
| fping    |   40.0 ms |       C: 1.00 ms |            40.00 × |          |     |`,
  );
});
