/**
 * What a screen shows, as data: it is the same whether it comes from an agent
 * of this process or from another one's status file.
 *
 * @module
 */
import type { LogLevel } from "../../log.ts";
import type { SessionRecord } from "../../status/status_document.ts";
import { type Verdict, verdicts } from "../../verdict.ts";
import type { CycleMark } from "./sparkline.ts";

/** A session. */
export interface WatchedSession {
  /** What is known of it at present. */
  readonly status: SessionRecord;
  /** Its last cycles as far as they were seen, the newest last. */
  readonly cycles: readonly CycleMark[];
}

/** A change of class. */
export interface SeenTransition {
  /** When, in wall-clock ms. */
  readonly time: number;
  /** The session's name. */
  readonly session: string;
  /** What it was; `none` if nothing was known. */
  readonly from: Verdict | "none";
  /** What it is. */
  readonly to: Verdict;
  /** Why, in words; `null` if nobody knows. */
  readonly why: string | null;
}

/** A line that was logged. */
export interface Message {
  /** When, in wall-clock ms. */
  readonly time: number;
  /** How important it is. */
  readonly level: LogLevel;
  /** What it says. */
  readonly text: string;
}

/** All that a screen shows. */
export interface WatchState {
  /** What is being watched. */
  readonly title: string;
  /** Whether nobody reports any more, so that all this is old. */
  readonly isOver: boolean;
  /** The sessions, in their order. */
  readonly sessions: readonly WatchedSession[];
  /** The last transitions, the newest last. */
  readonly transitions: readonly SeenTransition[];
  /** The last lines that were logged, the newest last. */
  readonly messages: readonly Message[];
}

/** How many cycles of a session are remembered: a wide screen's. */
const mostCycles = 160;

/** How many transitions and messages are. */
const mostLines = 100;

/** A list with one more at its end, of which the oldest give way. */
export function remember<T>(
  list: readonly T[],
  item: T,
  most: number = mostLines,
): readonly T[] {
  return [...list.slice(list.length < most ? 0 : 1 - most), item];
}

/** The cycles after one more. */
export function addCycle(
  cycles: readonly CycleMark[],
  cycle: CycleMark,
): readonly CycleMark[] {
  return remember(cycles, cycle, mostCycles);
}

/** The cycles after a late sign of life in the last one, so long after its first try. */
export function mendLast(
  cycles: readonly CycleMark[],
  rtt: number | null,
): readonly CycleMark[] {
  const last = cycles.at(-1);
  return last === undefined
    ? cycles
    : [...cycles.slice(0, -1), { ...last, verdict: "alive", rtt }];
}

/** The cycles after all that has happened from one look at a session's status to the next. */
export function cyclesBetween(
  cycles: readonly CycleMark[],
  before: SessionRecord,
  after: SessionRecord,
): readonly CycleMark[] {
  const rtt = after.rtt_last_ms;
  const seen = verdicts.flatMap((verdict) => {
    const count = (after.cycles[verdict] ?? 0) - (before.cycles[verdict] ?? 0);
    return Array<Verdict>(Math.max(0, Math.min(count, mostCycles)))
      .fill(verdict);
  });
  // The last one is the one that is known.
  const last = seen.lastIndexOf(lastVerdict(before, after));
  if (last >= 0) seen.push(...seen.splice(last, 1));
  const tries = Math.max(1, (after.tries - before.tries) / seen.length);
  let result = cycles;
  for (const [at, verdict] of seen.entries()) {
    const isLast = at === seen.length - 1;
    result = addCycle(result, {
      verdict,
      rtt: isLast && verdict === "alive" ? rtt : null,
      tries: Math.ceil(tries),
    });
  }
  return after.mended > before.mended && after.verdict === "alive"
    ? mendLast(result, rtt)
    : result;
}

/** What the last cycle found before a late reply mended it; any fault may have been mended. */
function lastVerdict(before: SessionRecord, after: SessionRecord): Verdict {
  const isMended = after.mended > before.mended;
  const fault = verdicts.find((verdict) =>
    verdict !== "alive" && verdict !== "dead" &&
    (after.cycles[verdict] ?? 0) > (before.cycles[verdict] ?? 0)
  );
  return isMended && fault !== undefined ? fault : after.verdict ?? "alive";
}
