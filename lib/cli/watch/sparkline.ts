/**
 * Cycles as a line of characters: how long each round trip took, which ones
 * were lost, and how many tries they needed.
 *
 * @module
 */
import type { RecentCycle } from "../../status/recent_cycles.ts";
import { classOf } from "../../verdict.ts";
import type { Line, Style } from "./text.ts";

const bars = "▁▂▃▄▅▆▇█";

/** A sign of life whose round trip nobody knows. */
const unknown = "·";

/** What a cycle without life looks like. */
const lost = { fault: "×", dead: "†" } as const;

/** Shorter round trips are not told apart, in ms: what makes them differ is this machine. */
const shortest = 1;

/** The last cycles, the newest at the right end, in exactly so many columns. A bar two steps higher is twice as long; the lowest one is the shortest of them. */
export function roundTrips(
  cycles: readonly RecentCycle[],
  columns: number,
): Line {
  const shown = lastOf(cycles, columns);
  const base = shown.reduce(
    (base, { verdict, rtt }) =>
      verdict === "alive" && rtt !== null ? Math.min(base, rtt) : base,
    Infinity,
  );
  return joined([
    [" ".repeat(columns - shown.length)],
    ...shown.map((cycle) => [glyphOf(cycle, base), styleOf(cycle)] as const),
  ]);
}

/** Below the same cycles, how many tries each needed, where that was more than one. */
export function neededTries(
  cycles: readonly RecentCycle[],
  columns: number,
): Line {
  const shown = lastOf(cycles, columns);
  return joined([
    [" ".repeat(columns - shown.length)],
    ...shown.map((cycle) => [digitOf(cycle), styleOf(cycle)] as const),
  ]);
}

function lastOf(
  cycles: readonly RecentCycle[],
  columns: number,
): readonly RecentCycle[] {
  return columns <= 0 ? [] : cycles.slice(-columns);
}

function glyphOf({ verdict, rtt }: RecentCycle, base: number): string {
  const kind = classOf(verdict);
  if (kind !== "alive") return lost[kind];
  if (rtt === null) return unknown;
  const times = Math.max(rtt, shortest) / Math.max(base, shortest);
  const step = Math.floor(2 * Math.log2(times));
  return bars[Math.min(step, bars.length - 1)]!;
}

function digitOf({ verdict, tries }: RecentCycle): string {
  if (classOf(verdict) !== "alive" || tries <= 1) return " ";
  return tries > 9 ? "+" : `${tries}`;
}

function styleOf({ verdict, tries }: RecentCycle): Style {
  switch (classOf(verdict)) {
    case "alive":
      return tries > 1 ? "doubtful" : "good";
    case "dead":
      return "bad";
    case "fault":
      return "doubtful";
  }
}

/** Neighbours of the same style as one piece. */
function joined(line: Line): Line {
  const pieces: [string, Style][] = [];
  for (const [text, style = "plain"] of line) {
    const last = pieces.at(-1);
    if (last?.[1] === style) last[0] += text;
    else pieces.push([text, style]);
  }
  return pieces;
}
