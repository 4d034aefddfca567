/**
 * The verdicts of heartbeat cycles.
 *
 * @module
 */

/** All verdicts, in the order of the documentation. */
export const verdicts = [
  "alive",
  "dead",
  "silent",
  "unsendable",
  "unresolved",
  "garbled",
] as const;

/** The result of one cycle. */
export type Verdict = typeof verdicts[number];

/** The class of a verdict: about the session (alive, dead), or only about the network (fault). */
export type VerdictClass = "alive" | "dead" | "fault";

/** The class of a verdict. */
export function classOf(verdict: Verdict): VerdictClass {
  return verdict === "alive" || verdict === "dead" ? verdict : "fault";
}
