/**
 * Sessions for the unit tests of this folder.
 *
 * @module
 */
import type { RecentCycle } from "../../status/recent_cycles.ts";
import {
  type SessionRecord,
  sessionStatus,
} from "../../status/status_document.ts";
import { createRecorder } from "../../status/statistics.ts";
import type { Verdict } from "../../verdict.ts";

/** The time on the wall. */
export const now: number = Date.UTC(2026, 10, 21, 14, 5, 33);

/** The RFC 3339 time `seconds` after `now`. */
export function at(seconds: number): string {
  return new Date(now + seconds * 1_000).toISOString();
}

/** The status of a session without a verdict, with a change. */
export function statusOf(
  session: string,
  change: Partial<SessionRecord> = {},
): SessionRecord {
  const facts = {
    name: session,
    target: "srun://192.0.2.1:3335",
    gateway: "192.0.2.1:3335",
    answered: null,
    next: null,
    login: null,
  };
  return {
    ...sessionStatus(facts, createRecorder().read({ wall: now, uptime: now })),
    ...change,
  };
}

/** The status of a session that has had a verdict for 25 minutes, with a change. */
export function judged(
  session: string,
  verdict: Verdict,
  change: Partial<SessionRecord> = {},
): SessionRecord {
  return statusOf(session, {
    verdict,
    since: at(-25 * 60),
    last_alive: at(verdict === "alive" ? -18 : -90),
    next_cycle: verdict === "dead" ? null : at(42),
    rtt_last_ms: verdict === "alive" ? 1.9 : null,
    answer_last_ms: verdict === "alive" ? 1.9 : null,
    without_alive_15min: 0,
    without_alive_24h: 0.0333,
    ...change,
  });
}

/** Cycles from words: `9` is alive with a round trip of 9 ms, `2*9` needed two tries, `x` is silent, `d` is dead. */
export function cyclesOf(text: string): RecentCycle[] {
  return text.split(" ").filter(Boolean).map((word) => {
    if (word === "x") return { verdict: "silent", rtt: null, tries: 3 };
    if (word === "d") return { verdict: "dead", rtt: 1, tries: 2 };
    const [rtt, tries = 1] = word.split("*").map(Number).toReversed();
    return { verdict: "alive", rtt: rtt!, tries };
  });
}
