/**
 * Histories for tests.
 *
 * @module
 */
import type { Cycle, SessionRecords } from "./records.ts";

/** A cycle that was answered at once, but for what a test says. */
export function cycleOf(fields: Partial<Cycle> & Pick<Cycle, "time">): Cycle {
  return {
    verdict: "alive",
    rtt: null,
    answer: null,
    tries: 1,
    lost: 0,
    error: null,
    reconnect: null,
    next: 60_000,
    ...fields,
  };
}

/** The history of a session of which nothing is known, but for what a test says. */
export function recordsOf(fields: Partial<SessionRecords>): SessionRecords {
  return {
    session: "a",
    gateway: "gw:3335",
    before: [],
    entries: [],
    logins: [],
    watches: [],
    ...fields,
  };
}
