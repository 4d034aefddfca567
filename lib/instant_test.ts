import { assertEquals } from "@std/assert";
import { clockStep, type Instant, wallTimeOf } from "./instant.ts";

Deno.test("clockStep() and wallTimeOf() follow a clock that was set, and not one that is a little off", () => {
  const then: Instant = { wall: 1_000_000_250, uptime: 60_000 };
  const rows: [wall: number, uptime: number, step: number][] = [
    [0, 0, 0],
    [5_000, 5_000, 0],
    // The uptime has a resolution of a second.
    [5_999, 5_000, 0],
    [5_001, 6_000, 0],
    [4_000, 5_000, 0],
    [8_000, 5_000, 3_000],
    [-86_400_000, 5_000, -86_405_000],
  ];
  for (const [wall, uptime, step] of rows) {
    const now = { wall: then.wall + wall, uptime: then.uptime + uptime };
    assertEquals(clockStep(then, now), step, `${wall} ${uptime}`);
    assertEquals(wallTimeOf(then, now), then.wall + step, `${wall} ${uptime}`);
  }
});
