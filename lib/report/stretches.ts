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

/** What a time was like: the condition, and whose a fault was. */
export type Kind = "alive" | "network" | "machine" | "dead" | "unwatched";

/** How long each kind of time lasted, in ms. */
export type Durations = Readonly<Record<Kind, number>>;

/** A stretch of time with one condition. Times are wall-clock ms. */
export interface Stretch {
  /** Its condition. */
  readonly condition: Condition;
  /** The same, and whose a fault was: this machine's if nothing left it in any cycle, else the network's. */
  readonly kind: Kind;
  /** Its begin, not before the period. */
  readonly from: number;
  /** Its end. */
  readonly to: number;
  /** The verdicts of its cycles without repetition, in their order. */
  readonly verdicts: readonly Verdict[];
  /** The codes of what failed on this machine meanwhile, without repetition. */
  readonly errors: readonly string[];
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
  errors: string[];
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
      kind: condition === "fault" ? "machine" : condition,
      from,
      to: from,
      verdicts: [],
      errors: [],
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

  function count({ time, verdict, error, next }: Cycle): void {
    const condition = classOf(verdict);
    const stretch = current?.condition === condition
      ? current
      : begin(condition, time);
    if (!stretch.verdicts.includes(verdict)) stretch.verdicts.push(verdict);
    if (condition === "fault" && verdict !== "unsendable") {
      stretch.kind = "network";
    }
    if (error !== null && !stretch.errors.includes(error)) {
      stretch.errors.push(error);
    }
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

/** No time at all. */
export const noTime: Durations = {
  alive: 0,
  network: 0,
  machine: 0,
  dead: 0,
  unwatched: 0,
};

/** How long each kind of time lasted. */
export function durations(stretches: readonly Stretch[]): Durations {
  const sums = { ...noTime };
  for (const { kind, from, to } of stretches) sums[kind] += to - from;
  return sums;
}

/** The parts of a time. Shares are from 0 to 1, `null` if there was no such time. */
export interface Shares {
  /** All of it, in ms. */
  readonly length: number;
  /** How much of it was watched, in ms. */
  readonly watched: number;
  /** The share of the time that was watched. */
  readonly coverage: number | null;
  /** The share of the watched time in which the last verdict was alive. */
  readonly availability: number | null;
}

/** Divides up a time. */
export function sharesOf(sums: Durations): Shares {
  const { alive, network, machine, dead, unwatched } = sums;
  const watched = alive + network + machine + dead;
  const length = watched + unwatched;
  return {
    length,
    watched,
    coverage: length > 0 ? watched / length : null,
    availability: watched > 0 ? alive / watched : null,
  };
}

/** The longest time from a cycle to the next one, in ms. */
export function longestInterval(entries: readonly Entry[]): number {
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
