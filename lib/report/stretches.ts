/**
 * How a session has been: stretches of time in which the last verdict was
 * alive, a fault or dead, and those in which nobody watched.
 *
 * @module
 */
import { classOf, type Verdict, type VerdictClass } from "../verdict.ts";
import type { Cycle, Entry } from "./records.ts";

/** What a stretch of time was like. */
export type Condition = VerdictClass | "unwatched";

/** A stretch of time; times in wall-clock ms. */
export interface Stretch {
  /** What it was like. */
  readonly condition: Condition;
  /** When it began, as far as that is looked at. */
  readonly from: number;
  /** When it ended. */
  readonly to: number;
  /** The verdicts that its cycles reached, each once, in their order. */
  readonly verdicts: readonly Verdict[];
  /** How many cycles reached them. */
  readonly cycles: number;
  /** When the last of them did, or an answer came late; `null` if nobody watched. */
  readonly last: number | null;
  /** Whether it had begun before what is looked at. */
  readonly isCut: boolean;
  /** How late the answer was that ended it, in ms from its cycle's first try; `null` if none did. */
  readonly lateAfter: number | null;
}

/** What is looked at; times in wall-clock ms. */
export interface Period {
  /** When it begins; `null` with the first cycle. */
  readonly from: number | null;
  /** When it ends. */
  readonly to: number;
}

/** So long, in ms, a cycle may be overdue besides an interval. */
const overdueMs = 60_000;

type Draft = { -readonly [K in keyof Stretch]: Stretch[K] } & {
  verdicts: Verdict[];
};

/**
 * The stretches of a session, without a gap between them, from its entries in
 * the order of time. A verdict holds until the next one. When that is overdue
 * by an interval and a minute, nobody has watched since it was due; a death
 * holds all the same, since a session that is dead does not come back by itself.
 */
export function stretchesOf(
  entries: readonly Entry[],
  period: Period,
): Stretch[] {
  const grace = overdueMs + longestInterval(entries);
  const stretches: Draft[] = [];
  let current: Draft | undefined;
  let due = Infinity;

  function begin(condition: Condition, from: number): Draft {
    current = {
      condition,
      from,
      to: from,
      verdicts: [],
      cycles: 0,
      last: null,
      isCut: false,
      lateAfter: null,
    };
    stretches.push(current);
    return current;
  }

  /** Lets time pass. */
  function pass(to: number): void {
    if (current === undefined) return;
    if (current.condition !== "dead" && to > due + grace) {
      current.to = Math.max(current.from, due);
      current = begin("unwatched", current.to);
      due = Infinity;
    }
    current.to = Math.max(current.to, to);
  }

  function count({ time, verdict, next }: Cycle): void {
    const condition = classOf(verdict);
    const stretch = current?.condition === condition
      ? current
      : begin(condition, time);
    if (!stretch.verdicts.includes(verdict)) stretch.verdicts.push(verdict);
    stretch.cycles++;
    stretch.last = time;
    due = time + (next ?? 0);
  }

  for (const entry of entries) {
    pass(entry.time);
    if (!("late" in entry)) count(entry);
    else if (current?.condition === "fault") {
      current.lateAfter = entry.answer;
      begin("alive", entry.time).last = entry.time;
    }
  }
  pass(period.to);
  return clip(stretches, period);
}

/** How long each condition lasted, in ms. */
export function durations(
  stretches: readonly Stretch[],
): Readonly<Record<Condition, number>> {
  const sums = { alive: 0, fault: 0, dead: 0, unwatched: 0 };
  for (const { condition, from, to } of stretches) sums[condition] += to - from;
  return sums;
}

function longestInterval(entries: readonly Entry[]): number {
  return entries.reduce(
    (longest, entry) =>
      "late" in entry ? longest : Math.max(longest, entry.next ?? 0),
    0,
  );
}

/** What is left of stretches within a period. */
function clip(stretches: readonly Stretch[], { from }: Period): Stretch[] {
  if (from === null) return [...stretches];
  return stretches.filter(({ to }) => to > from)
    .map((stretch) =>
      stretch.from < from ? { ...stretch, from, isCut: true } : stretch
    );
}
