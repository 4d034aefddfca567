/**
 * For unit tests alone: what a cycle found out.
 *
 * @module
 */
import type { CycleResult } from "../finding.ts";

/** A cycle whose first try was answered after 2 ms, but for what is given. */
export function cycleResult(change: Partial<CycleResult> = {}): CycleResult {
  return {
    verdict: "alive",
    address: null,
    rtt: 2,
    answerTime: 2,
    tries: 1,
    localPort: null,
    deadReplies: 0,
    reasons: {},
    fault: null,
    ...change,
  };
}
