/**
 * Cycles as lines of characters: round trips, losses, deaths, and how many tries
 * each cycle needed.
 *
 * @module
 */
import type { RecentCycle } from "../../status/recent_cycles.ts";
import { classOf } from "../../verdict.ts";
import { styleOf } from "./facts.ts";
import type { Line, Style } from "./text.ts";

const bars = "▁▂▃▄▅▆▇█";

/** A sign of life with an unknown round trip. */
const unknown = "·";

/** A cycle without a sign of life. */
const lost = { fault: "×", dead: "†" } as const;

/** The shortest round trip that differs from shorter ones, in ms; below it this machine makes the difference. */
const shortest = 1;

/** The last cycles in exactly `columns` columns, the newest at the right. A bar two steps higher takes twice as long; the lowest one is the shortest. */
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
  return lineOf(shown, columns, (cycle) => barOf(cycle, base));
}

/** How many tries each of the same cycles needed, if more than one. */
export function neededTries(
  cycles: readonly RecentCycle[],
  columns: number,
): Line {
  return lineOf(lastOf(cycles, columns), columns, digitOf);
}

function lastOf(
  cycles: readonly RecentCycle[],
  columns: number,
): readonly RecentCycle[] {
  return columns <= 0 ? [] : cycles.slice(-columns);
}

function barOf({ verdict, rtt }: RecentCycle, base: number): string {
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

/** A character for each cycle; neighbours of one style are one piece. */
function lineOf(
  cycles: readonly RecentCycle[],
  columns: number,
  charOf: (cycle: RecentCycle) => string,
): Line {
  const pieces: [string, Style][] = [
    [" ".repeat(columns - cycles.length), "plain"],
  ];
  for (const cycle of cycles) {
    const { verdict, tries } = cycle;
    const isRepeated = verdict === "alive" && tries > 1;
    const style = isRepeated ? "doubtful" : styleOf(verdict);
    const last = pieces.at(-1)!;
    if (last[1] === style) last[0] += charOf(cycle);
    else pieces.push([charOf(cycle), style]);
  }
  return pieces;
}
