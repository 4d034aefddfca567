import { assertEquals } from "@std/assert";
import type { SessionRecord } from "../../status/status_document.ts";
import type { CycleMark } from "./sparkline.ts";
import { addCycle, cyclesBetween, mendLast, remember } from "./state.ts";
import { cyclesOf, judged, statusOf } from "./test_session.ts";

Deno.test("remember() lets the oldest give way", () => {
  let list: readonly number[] = [];
  for (let item = 1; item <= 4; item++) list = remember(list, item, 3);
  assertEquals(list, [2, 3, 4]);
  let cycles = cyclesOf("1") as readonly CycleMark[];
  for (let k = 0; k < 1_000; k++) cycles = addCycle(cycles, cyclesOf("2")[0]!);
  assertEquals(cycles.length, 160);
});

Deno.test("mendLast() makes the last cycle alive after all", () => {
  assertEquals(mendLast(cyclesOf("2 x"), 6_000), cyclesOf("2 3*6000"));
  assertEquals(mendLast([], 6_000), []);
});

Deno.test("cyclesBetween() tells what has happened between two looks", () => {
  const none = statusOf("dorm");
  const counted = (
    counts: Partial<SessionRecord["cycles"]>,
    change: Partial<SessionRecord> = {},
  ): SessionRecord =>
    judged("dorm", change.verdict ?? "alive", {
      cycles: { ...none.cycles, ...counts },
      ...change,
    });
  const before = counted({ alive: 5, silent: 2 }, { tries: 20, mended: 1 });
  const rows: [after: SessionRecord, cycles: string][] = [
    [before, ""],
    [counted({ alive: 6, silent: 2 }, { tries: 21, mended: 1 }), "1.9"],
    [counted({ alive: 6, silent: 2 }, { tries: 23, mended: 1 }), "3*1.9"],
    [
      counted({ alive: 5, silent: 3 }, {
        tries: 23,
        mended: 1,
        verdict: "silent",
      }),
      "x",
    ],
    // The last one is the one that the verdict is of.
    [counted({ alive: 6, silent: 3 }, { tries: 24, mended: 1 }), "x 2*1.9"],
    [
      counted({ alive: 5, silent: 3 }, {
        tries: 23,
        mended: 2,
        rtt_last_ms: 6_000,
      }),
      "3*6000",
    ],
    [
      counted({ alive: 5, silent: 2, dead: 1 }, {
        tries: 22,
        mended: 1,
        verdict: "dead",
      }),
      "d",
    ],
    // An agent that counts from the beginning again.
    [counted({ alive: 1 }, { tries: 1 }), ""],
  ];
  for (const [after, text] of rows) {
    const marks = cyclesBetween([], before, after);
    const wanted = cyclesOf(text);
    assertEquals(
      marks.map(({ verdict, rtt }) => [verdict, verdict === "alive" && rtt]),
      wanted.map(({ verdict, rtt }) => [verdict, verdict === "alive" && rtt]),
      text,
    );
    assertEquals(marks.at(-1)?.tries, wanted.at(-1)?.tries, text);
  }
});
