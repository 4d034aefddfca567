import { assertEquals } from "@std/assert";
import {
  addCycle,
  correctLast,
  longestRecent,
  type RecentCycle,
  recentCycles,
} from "./recent_cycles.ts";

const rows: [cycle: RecentCycle, word: string][] = [
  [{ verdict: "alive", rtt: 1.94, tries: 1 }, "1.9"],
  [{ verdict: "alive", rtt: 1234.56, tries: 1 }, "1234.6"],
  [{ verdict: "alive", rtt: 6_000, tries: 3 }, "6000*3"],
  [{ verdict: "alive", rtt: null, tries: 2 }, "alive*2"],
  [{ verdict: "alive", rtt: 0.01, tries: 1 }, "0"],
  [{ verdict: "dead", rtt: 2, tries: 2 }, "dead*2"],
  [{ verdict: "silent", rtt: null, tries: 12 }, "silent*12"],
  [{ verdict: "unsendable", rtt: null, tries: 0 }, "unsendable*0"],
];

Deno.test("addCycle() writes a word for each cycle, and recentCycles() reads it", () => {
  let recent = "";
  for (const [cycle, word] of rows) {
    assertEquals(addCycle("", cycle), word);
    recent = addCycle(recent, cycle);
    const rtt = cycle.verdict === "alive" && cycle.rtt !== null
      ? Math.round(cycle.rtt * 10) / 10
      : null;
    assertEquals(recentCycles(recent).at(-1), { ...cycle, rtt });
  }
  assertEquals(recent, rows.map(([, word]) => word).join(" "));
  assertEquals(recentCycles(recent).length, rows.length);
});

Deno.test("addCycle() lets the oldest give way, whole words of them", () => {
  let recent = "";
  for (let k = 0; k < 1_000; k++) {
    recent = addCycle(recent, rows[k % rows.length]![0]);
    const cycles = recentCycles(recent).length;
    assertEquals(cycles, recent.split(" ").length, recent);
    assertEquals(recent.length <= longestRecent, true, recent);
    assertEquals(cycles > Math.min(k, 30), true, recent);
  }
  assertEquals(addCycle("1 2 3 4", rows[0]![0], 7), "3 4 1.9");
  assertEquals(addCycle("11 2 3 4", rows[0]![0], 7), "3 4 1.9");
});

Deno.test("correctLast() makes the last cycle alive after all", () => {
  assertEquals(correctLast("2 silent*3", 6_000), "2 6000*3");
  assertEquals(correctLast("silent", null), "alive");
  assertEquals(correctLast("", 6_000), "");
});

Deno.test("recentCycles() leaves out what it does not know", () => {
  const cycles = recentCycles("1.9  better x*y 1.2.3 *2 dead");
  assertEquals(cycles.map(({ verdict }) => verdict), ["alive", "dead"]);
  assertEquals(recentCycles(""), []);
});
