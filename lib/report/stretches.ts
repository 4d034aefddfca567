/**
 * Divides the time of a session into stretches: alive, fault, dead, or
 * unwatched.
 *
 * @module
 */
import { classOf, type Verdict, type VerdictClass } from "../verdict.ts";
import type { Cycle, Entry } from "./records.ts";

/** The condition of a session: the class of its last verdict, or unwatched. */
export type Condition = VerdictClass | "unwatched";

/** A stretch of time with one condition. Times are wall-clock ms. */
export interface Stretch {
  /** Its condition. */
  readonly condition: Condition;
  /** Its begin, not before the period. */
  readonly from: number;
  /** Its end. */
  readonly to: number;
  /** The verdicts of its cycles without repetition, in their order. */
  readonly verdicts: readonly Verdict[];
  /** The number of its cycles. */
  readonly cycles: number;
  /** The time of its last cycle or late reply; `null` if unwatched. */
  readonly last: number | null;
  /** Whether it began before the period. */
  readonly isCut: boolean;
  /** The time of the late answer that ended it, in ms from its cycle's first try; `null` without one. */
  readonly lateAfter: number | null;
}

/** A period. Times are wall-clock ms. */
export interface Period {
  /** The begin; `null` for the first cycle. */
  readonly from: number | null;
  /** The end. */
  readonly to: number;
}

/** A cycle may be overdue by an interval and this many ms. */
const overdueMs = 60_000;

type Draft = { -readonly [K in keyof Stretch]: Stretch[K] } & {
  verdicts: Verdict[];
};

/**
 * Divides the time of a session into stretches without gaps. The entries are in
 * the order of time. A verdict holds until the next one. If that is overdue by
 * an interval and a minute, the time since it was due is unwatched. A death
 * holds anyway: a dead session does not come back by itself.
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

/** Cuts stretches to a period. */
function clip(stretches: readonly Stretch[], { from }: Period): Stretch[] {
  if (from === null) return [...stretches];
  return stretches.filter(({ to }) => to > from)
    .map((stretch) =>
      stretch.from < from ? { ...stretch, from, isCut: true } : stretch
    );
}
