/**
 * What a screen shows, as data: it is the same whether it comes from an agent
 * of this process or from another one's status file.
 *
 * @module
 */
import type { LogLevel } from "../../log.ts";
import type { SessionRecord } from "../../status/status_document.ts";
import type { RecentCycle } from "../../status/recent_cycles.ts";
import { classOf, type Verdict } from "../../verdict.ts";

/** A session. */
export interface WatchedSession {
  /** What is known of it at present. */
  readonly status: SessionRecord;
  /** Its last cycles, the newest last. */
  readonly cycles: readonly RecentCycle[];
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

/** How many transitions and messages are. */
const mostLines = 100;

/** A list with one more at its end, of which the oldest give way. */
export function remember<T>(list: readonly T[], item: T): readonly T[] {
  return [...list.slice(1 - mostLines), item];
}

/** What changed from one look at a session to the next; `null` for no change of class. */
export function transitionBetween(
  { verdict: from }: SessionRecord,
  { session, verdict: to, since }: SessionRecord,
): SeenTransition | null {
  if (to === null || since === null) return null;
  if (from !== null && classOf(from) === classOf(to)) return null;
  const time = Date.parse(since);
  return { time, session, from: from ?? "none", to, why: null };
}
