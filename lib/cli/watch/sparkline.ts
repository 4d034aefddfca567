/**
 * Cycles as a line of characters: how long each round trip took, which ones
 * were lost, and how many tries they needed.
 *
 * @module
 */
import { classOf, type Verdict } from "../../verdict.ts";
import type { Line, Style } from "./text.ts";

/** A cycle in the line. */
export interface CycleMark {
  /** What it found out, late replies included. */
  readonly verdict: Verdict;
  /** Its round trip in ms; `null` if there was none, or more than one try was made. */
  readonly rtt: number | null;
  /** Tries that it needed. */
  readonly tries: number;
}

const bars = "▁▂▃▄▅▆▇█";

/** A sign of life whose round trip nobody knows. */
const unknown = "·";

/** What a cycle without life looks like. */
const lost = { fault: "×", dead: "†" } as const;

/** Shorter round trips are not told apart, in ms: what makes them differ is this machine. */
const shortest = 1;

/** The last cycles, the newest at the right end, in exactly so many columns. A bar two steps higher is twice as long; the lowest one is the shortest of them. */
export function roundTrips(
  cycles: readonly CycleMark[],
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
  cycles: readonly CycleMark[],
  columns: number,
): Line {
  const shown = lastOf(cycles, columns);
  return joined([
    [" ".repeat(columns - shown.length)],
    ...shown.map((cycle) => [digitOf(cycle), styleOf(cycle)] as const),
  ]);
}

function lastOf(
  cycles: readonly CycleMark[],
  columns: number,
): readonly CycleMark[] {
  return columns <= 0 ? [] : cycles.slice(-columns);
}

function glyphOf({ verdict, rtt }: CycleMark, base: number): string {
  const kind = classOf(verdict);
  if (kind !== "alive") return lost[kind];
  if (rtt === null) return unknown;
  const times = Math.max(rtt, shortest) / Math.max(base, shortest);
  const step = Math.floor(2 * Math.log2(times));
  return bars[Math.min(step, bars.length - 1)]!;
}

function digitOf({ verdict, tries }: CycleMark): string {
  if (classOf(verdict) !== "alive" || tries <= 1) return " ";
  return tries > 9 ? "+" : `${tries}`;
}

function styleOf({ verdict, tries }: CycleMark): Style {
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
