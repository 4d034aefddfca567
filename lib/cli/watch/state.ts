/**
 * What a screen shows, as data. It comes from an agent in this process or from
 * the status file of another one.
 *
 * @module
 */
import type { LogLevel } from "../../log.ts";
import type { SessionRecord } from "../../status/status_document.ts";
import type { RecentCycle } from "../../status/recent_cycles.ts";
import { classOf, type Verdict } from "../../verdict.ts";

/** A session on the screen. */
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
  /** The verdict before; `none` if there was none. */
  readonly from: Verdict | "none";
  /** The verdict now. */
  readonly to: Verdict;
  /** Why, in words; `null` if that is not known. */
  readonly why: string | null;
}

/** A held connection was replaced, which is no transition. */
export interface SeenReconnect {
  /** When, in wall-clock ms. */
  readonly time: number;
  /** The session's name. */
  readonly session: string;
  /** Tells it from a transition. */
  readonly to: null;
  /** Why, in words; `null` if that is not known. */
  readonly why: string | null;
}

/** What happened to a session. */
export type SeenEvent = SeenTransition | SeenReconnect;

/** A line that was logged. */
export interface Message {
  /** When, in wall-clock ms. */
  readonly time: number;
  /** Its level. */
  readonly level: LogLevel;
  /** Its text. */
  readonly text: string;
}

/** What a screen shows. */
export interface WatchState {
  /** The first line. */
  readonly title: string;
  /** Whether no agent reports any more, so that all of this is old. */
  readonly isOver: boolean;
  /** The sessions, in their order. */
  readonly sessions: readonly WatchedSession[];
  /** The last events, the newest last. */
  readonly events: readonly SeenEvent[];
  /** The last lines that were logged, the newest last. */
  readonly messages: readonly Message[];
}

/** How many events or messages are remembered. */
const mostLines = 100;

/** A list with one more item at its end, without the oldest ones if it is too long. */
export function remember<T>(list: readonly T[], item: T): readonly T[] {
  return [...list.slice(1 - mostLines), item];
}

/** What happened from one status of a session to a later one, the oldest first. */
export function eventsBetween(
  before: SessionRecord,
  after: SessionRecord,
): SeenEvent[] {
  const { session, reconnects, last_alive } = after;
  const transition = transitionBetween(before, after);
  const isReconnected = last_alive !== null && reconnects > before.reconnects;
  const time = isReconnected ? Date.parse(last_alive) : 0;
  return [
    ...transition === null ? [] : [transition],
    ...isReconnected ? [{ time, session, to: null, why: null }] : [],
  ];
}

/** The transition from one status of a session to a later one; `null` if its class is the same. */
function transitionBetween(
  { verdict: from }: SessionRecord,
  { session, verdict: to, since }: SessionRecord,
): SeenTransition | null {
  if (to === null || since === null) return null;
  if (from !== null && classOf(from) === classOf(to)) return null;
  const time = Date.parse(since);
  return { time, session, from: from ?? "none", to, why: null };
}
