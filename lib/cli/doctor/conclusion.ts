/**
 * What an explanation comes to: one sentence to act on.
 *
 * @module
 */
import type { Verdict } from "../../verdict.ts";
import type { Step } from "./step.ts";

/** The first thing to do; `null` if there is nothing that could be advised. */
export function conclusionOf(
  steps: readonly Pick<Step, "ok" | "advice">[],
  verdict: Verdict,
): string | null {
  const wrong = steps.find(({ ok, advice }) => ok === false && advice !== null);
  const other = steps.find(({ advice }) => advice !== null);
  if (wrong === undefined && verdict === "alive") {
    return "All is well: there is nothing to do.";
  }
  const { advice } = wrong ?? other ?? { advice: null };
  return advice === null ? null : `To begin with: ${firstSentence(advice)}`;
}

/** The first sentence of some, with a full stop or a question mark. */
function firstSentence(text: string): string {
  const [sentence] = /^.*?[.?](?= [A-Z`])/s.exec(text) ?? [text];
  return /[.?!]$/.test(sentence) ? sentence : `${sentence}.`;
}
