import { assertEquals } from "@std/assert";
import { neededTries, roundTrips } from "./sparkline.ts";
import { cyclesOf } from "./test_status.ts";

Deno.test("roundTrips() and neededTries() show the last cycles, the newest at the right end", () => {
  const rows: [cycles: string, trips: string, tries: string][] = [
    ["", "        ", "        "],
    ["2", "       ▁", "        "],
    ["2 2 3 4 8 16 32 999", "▁▁▂▃▅▇██", "        "],
    ["9 9 9 2 2.5 x 2*90 d", "▅▅▅▁▁×█†", "      2 "],
    ["1 1 1 1 1 1 1 1 x x x 3*2 20*2 1 1 1", "×××▃▃▁▁▁", "   3+   "],
    // What is shorter than a millisecond says more of this machine.
    ["0.2 0.9 1 1.3 1.5", "   ▁▁▁▁▂", "        "],
  ];
  for (const [text, trips, tries] of rows) {
    const cycles = cyclesOf(text);
    const words = [roundTrips(cycles, 8), neededTries(cycles, 8)]
      .map((line) => line.map(([piece]) => piece).join(""));
    assertEquals(words, [trips, tries], text);
  }
  assertEquals(roundTrips(cyclesOf("1 2"), 0), [["", "plain"]]);
});

Deno.test("roundTrips() tells lost packets, losses and deaths apart", () => {
  assertEquals(roundTrips(cyclesOf("2 2 2*2 x x d"), 6), [
    ["", "plain"],
    ["▁▁", "good"],
    ["▁××", "doubtful"],
    ["†", "bad"],
  ]);
});

Deno.test("roundTrips() shows a sign of life whose round trip nobody knows", () => {
  const cycles = [{ verdict: "alive" as const, rtt: null, tries: 1 }];
  assertEquals(roundTrips(cycles, 1), [["", "plain"], ["·", "good"]]);
});
