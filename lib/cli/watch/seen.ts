/**
 * What was seen of another agent, from one look at its status to the next.
 *
 * @module
 */
import type {
  SessionRecord,
  StatusDocument,
} from "../../status/status_document.ts";
import { classOf } from "../../verdict.ts";
import {
  cyclesBetween,
  remember,
  type SeenTransition,
  type WatchedSession,
} from "./state.ts";

/** What was seen so far. */
export interface Seen {
  /** The last status; `null` before the first. */
  readonly document: StatusDocument | null;
  /** Its sessions, as far as somebody wants to see them. */
  readonly sessions: readonly WatchedSession[];
  /** The transitions, the newest last. */
  readonly transitions: readonly SeenTransition[];
}

/** Before the first look. */
export const nothingSeen: Seen = {
  document: null,
  sessions: [],
  transitions: [],
};

/** What was seen after one more look, at a status with these sessions of interest. */
export function look(
  before: Seen,
  document: StatusDocument,
  sessions: readonly SessionRecord[],
): Seen {
  // Another agent counts from the beginning again.
  const isSame = isSameAgent(before.document, document);
  const known = new Map(
    before.sessions.map((session) => [session.status.session, session]),
  );
  let { transitions } = before;
  const watched = sessions.map((status): WatchedSession => {
    const old = known.get(status.session);
    if (old === undefined) return { status, cycles: [] };
    const transition = transitionBetween(old.status, status);
    if (transition !== null) transitions = remember(transitions, transition);
    const cycles = isSame
      ? cyclesBetween(old.cycles, old.status, status)
      : old.cycles;
    return { status, cycles };
  });
  return { document, sessions: watched, transitions };
}

/** The start of an agent, in ms, is told with a resolution of a second after the clock was set. */
const resolution = 3_000;

function isSameAgent(
  before: StatusDocument | null,
  { pid, started }: StatusDocument,
): boolean {
  if (before?.pid !== pid) return false;
  const apart = Date.parse(started) - Date.parse(before.started);
  return Math.abs(apart) < resolution;
}

function transitionBetween(
  { verdict: from }: SessionRecord,
  { session, verdict: to, since }: SessionRecord,
): SeenTransition | null {
  if (to === null || since === null) return null;
  if (from !== null && classOf(from) === classOf(to)) return null;
  const time = Date.parse(since);
  return { time, session, from: from ?? "none", to, why: null };
}
