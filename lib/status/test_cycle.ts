/**
 * For unit tests alone: what a session reports.
 *
 * @module
 */
import type { CycleResult, TransitionReport } from "../finding.ts";

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

/** A change of class by a cycle. */
export function transition(
  from: TransitionReport["from"],
  to: TransitionReport["to"],
): TransitionReport {
  const cause = {
    type: "cycle",
    result: cycleResult({ verdict: to }),
  } as const;
  return { type: "transition", from, to, cause };
}
