/**
 * What a doctor says: one step of an explanation.
 *
 * @module
 */

/** The steps, in their order. */
export const stepNames = [
  "settings",
  "name",
  "route",
  "sending",
  "answer",
  "content",
  "protocol",
  "session",
] as const;

/** What a step is about. */
export type StepName = typeof stepNames[number];

/** A step of an explanation. */
export interface Step {
  /** What it is about. */
  readonly step: StepName;
  /** Whether that is as it should be; `null` if it can't be told. */
  readonly ok: boolean | null;
  /** What was found. */
  readonly text: string;
  /** What to do about it; `null` if there is nothing to do. */
  readonly advice: string | null;
}

/** A step that is as it should be. */
export function good(
  step: StepName,
  text: string,
  advice: string | null = null,
): Step {
  return { step, ok: true, text, advice };
}

/** A step that is not. */
export function bad(
  step: StepName,
  text: string,
  advice: string | null = null,
): Step {
  return { step, ok: false, text, advice };
}

/** A step of which nothing can be told. */
export function open(
  step: StepName,
  text: string,
  advice: string | null = null,
): Step {
  return { step, ok: null, text, advice };
}
