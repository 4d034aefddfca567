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

/** Uptimes are told in seconds, so that two of them may differ by so many ms. */
const resolution = 3_000;

function isSameAgent(
  before: StatusDocument | null,
  document: StatusDocument,
): boolean {
  if (before?.pid !== document.pid) return false;
  if (before.boot_id !== document.boot_id) return false;
  return Math.abs(startOf(before) - startOf(document)) < resolution;
}

/** When an agent started, as an uptime of the machine in ms, whatever its clock was set to since. */
function startOf({ uptime_ms, updated, started }: StatusDocument): number {
  return uptime_ms - (Date.parse(updated) - Date.parse(started));
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
