import { assertEquals } from "@std/assert";
import { type Arrival, delays, lags, parseArrival, peak } from "./arrivals.ts";

function of(uid: string, ...times: (number | [lost: number])[]): Arrival[] {
  return times.map((time) => ({
    uid,
    at: typeof time === "number" ? time : time[0],
    answered: typeof time === "number",
  }));
}

Deno.test("parseArrival() reads a line of the gateway's", () => {
  assertEquals(
    parseArrival("1000 1795000000123456789 0"),
    { uid: "1000", at: 1795000000123.4568, answered: false },
  );
});

Deno.test("delays() counts from each session's most punctual heartbeat", () => {
  const arrivals = [
    ...of("punctual", 0, 1000, 2000),
    ...of("late at first", 500, 1490, 2490),
    ...of("slot missed", 100, 3103),
    ...of("faulty", 0, [1000], 1100),
  ];
  assertEquals(delays(arrivals, 1000), [0, 0, 0, 3, 10]);
});

Deno.test("lags() compares only heartbeats of which the one before is known to be whole", () => {
  const rows: [arrivals: Arrival[], lags: number[]][] = [
    [of("a", 0, 1000, 2005, 3003), [0, 5]],
    // After a loss the next request is another try, or a schedule of its own.
    [of("a", 0, [1000], 1100, 1200, 2207), [7]],
    [[...of("a", 0, 1000), ...of("b", 0, 1000, 2001)], [1]],
  ];
  for (const [arrivals, wanted] of rows) {
    assertEquals(lags(arrivals, 1000), wanted);
  }
});

Deno.test("peak() is the busiest second as a multiple of the mean", () => {
  const rows: [times: number[], peak: number][] = [
    [[0, 500, 1000, 1500, 2000, 2500], 1],
    [[0, 1, 2, 1000, 2000, 2500], 1.5],
    [[0, 1, 2, 3], 1],
    [[], NaN],
  ];
  for (const [times, wanted] of rows) {
    assertEquals(peak(of("a", ...times)), wanted);
  }
});
