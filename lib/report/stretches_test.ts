import { assertEquals } from "@std/assert";
import type { Verdict } from "../verdict.ts";
import type { Entry } from "./records.ts";
import { cycleOf } from "./test_records.ts";
import {
  durations,
  noTime,
  type Period,
  sharesOf,
  stretchesOf,
} from "./stretches.ts";

const minute = 60_000;

/** A cycle at a minute, after which the next one is due a minute later, or never. */
function cycle(at: number, verdict: Verdict, next: 1 | null = 1): Entry {
  const time = at * minute;
  const due = next && next * minute;
  return cycleOf({ time, verdict, next: due });
}

function late(at: number): Entry {
  return { time: at * minute, late: "alive", answer: 6_000 };
}

/** Stretches as in `fault 2-3 silent`, in minutes. */
function tell(entries: readonly Entry[], { from, to }: Period): string[] {
  const period = { from: from && from * minute, to: to * minute };
  return stretchesOf(entries, period).map((stretch) =>
    [
      stretch.condition,
      `${stretch.from / minute}-${stretch.to / minute}`,
      ...stretch.verdicts.filter((verdict) => verdict !== stretch.condition),
      ...stretch.lateAfter === null ? [] : ["late"],
    ].join(" ")
  );
}

Deno.test("stretchesOf() lets a verdict hold until the next one", () => {
  const rows: [entries: Entry[], to: number, ...stretches: string[]][] = [
    [[], 9],
    [[cycle(0, "alive")], 0.5, "alive 0-0.5"],
    [
      [
        cycle(0, "alive"),
        cycle(1, "alive"),
        cycle(2, "silent"),
        cycle(3, "alive"),
      ],
      3.5,
      ...["alive 0-2", "fault 2-3 silent", "alive 3-3.5"],
    ],
    [
      [cycle(0, "silent"), cycle(1, "unsendable"), cycle(2, "silent")],
      2.5,
      "fault 0-2.5 silent unsendable",
    ],
    [
      [cycle(0, "alive"), cycle(1, "silent"), cycle(2, "dead", null)],
      3,
      ...["alive 0-1", "fault 1-2 silent", "dead 2-3"],
    ],
  ];
  for (const [entries, to, ...stretches] of rows) {
    assertEquals(tell(entries, { from: null, to }), stretches);
  }
});

Deno.test("stretchesOf() ends a fault when an answer comes late", () => {
  const entries = [cycle(0, "alive"), cycle(1, "silent"), late(1.5)];
  assertEquals(tell([...entries, cycle(2, "alive")], { from: null, to: 2.5 }), [
    ...["alive 0-1", "fault 1-1.5 silent late", "alive 1.5-2.5"],
  ]);
  // The next cycle is due as before.
  assertEquals(tell(entries, { from: null, to: 9 }), [
    ...["alive 0-1", "fault 1-1.5 silent late", "alive 1.5-2", "unwatched 2-9"],
  ]);
  // Nothing to mend: another agent's, or of a cycle that is not in this file.
  assertEquals(tell([late(0)], { from: null, to: 1 }), []);
  assertEquals(
    tell([cycle(0, "dead"), late(0.1)], { from: null, to: 1 }),
    ["dead 0-1"],
  );
});

Deno.test("stretchesOf() knows when nobody watched", () => {
  const rows: [entries: Entry[], to: number, ...stretches: string[]][] = [
    // Due after 1 min, an interval is 1 min: up to 1 + 1 + 1 it is only overdue.
    [[cycle(0, "alive"), cycle(3, "alive")], 3, "alive 0-3"],
    [
      [cycle(0, "alive"), cycle(3.5, "silent")],
      4,
      ...["alive 0-1", "unwatched 1-3.5", "fault 3.5-4 silent"],
    ],
    [[cycle(0, "alive")], 3, "alive 0-3"],
    [[cycle(0, "alive")], 4, "alive 0-1", "unwatched 1-4"],
    // The session is over: its agent has reached its count.
    [
      [cycle(0, "alive"), cycle(1, "alive", null)],
      9,
      ...["alive 0-1", "unwatched 1-9"],
    ],
    // Who is dead stays so.
    [
      [cycle(0, "alive"), cycle(1, "dead", null), cycle(60, "alive")],
      60.5,
      ...["alive 0-1", "dead 1-60", "alive 60-60.5"],
    ],
    // The clock was ahead of the one that makes the report.
    [[cycle(5, "alive"), cycle(6, "alive")], 2, "alive 5-6"],
  ];
  for (const [entries, to, ...stretches] of rows) {
    assertEquals(tell(entries, { from: null, to }), stretches);
  }
});

Deno.test("stretchesOf() begins where it is asked to, with what was so before", () => {
  const entries = [cycle(0, "silent"), cycle(1, "silent"), cycle(2, "alive")];
  assertEquals(tell(entries, { from: 1.5, to: 3 }), [
    ...["fault 1.5-2 silent", "alive 2-3"],
  ]);
  assertEquals(tell(entries, { from: 30, to: 40 }), ["unwatched 30-40"]);
});

Deno.test("durations() and sharesOf() add up how long each kind lasted", () => {
  const entries = [cycle(0, "alive"), cycle(1, "silent"), cycle(2, "alive")];
  const period = { from: null, to: 9 * minute };
  // Alive 0-1 and 2-3, fault 1-2, unwatched 3-9.
  const sums = durations(stretchesOf(entries, period));
  assertEquals(sums, {
    alive: 2 * minute,
    network: minute,
    machine: 0,
    dead: 0,
    unwatched: 6 * minute,
  });
  assertEquals(sharesOf(sums), {
    length: 9 * minute,
    watched: 3 * minute,
    coverage: 1 / 3,
    availability: 2 / 3,
  });
  const none = { coverage: null, availability: null };
  assertEquals(sharesOf(noTime), { length: 0, watched: 0, ...none });
});

Deno.test("stretchesOf() says whose a fault was, and the codes of what failed", () => {
  const rows: [verdicts: Verdict[], kind: string][] = [
    [["unsendable"], "machine"],
    [["unsendable", "unsendable"], "machine"],
    [["silent"], "network"],
    [["unresolved"], "network"],
    [["silent", "unsendable"], "network"],
    [["unsendable", "silent"], "network"],
  ];
  for (const [verdicts, kind] of rows) {
    const entries = verdicts.map((verdict, at) =>
      cycleOf({ time: at * minute, verdict, error: at === 0 ? "EX" : null })
    );
    const [found] = stretchesOf(entries, { from: null, to: 5 * minute });
    assertEquals([found!.kind, found!.errors], [kind, ["EX"]], `${verdicts}`);
  }
});
