/**
 * The six words that say what a heartbeat cycle found out.
 *
 * @module
 */

/** Every verdict, in the order in which the documentation lists them. */
export const verdicts = [
  "alive",
  "dead",
  "silent",
  "unsendable",
  "unresolved",
  "garbled",
] as const;

/** What one cycle found out about a session. */
export type Verdict = typeof verdicts[number];

/** Whether a verdict is about the session (alive, dead) or only about the network (fault). */
export type VerdictClass = "alive" | "dead" | "fault";

/** The class of a verdict: everything but `alive` and `dead` is a fault of the network. */
export function classOf(verdict: Verdict): VerdictClass {
  return verdict === "alive" || verdict === "dead" ? verdict : "fault";
}
