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

/** Makes a step of what was found, and of what to do about it if there is anything. */
export type StepMaker = (step: StepName, text: string, advice?: string) => Step;

function maker(ok: Step["ok"]): StepMaker {
  return (step, text, advice) => ({ step, ok, text, advice: advice ?? null });
}

/** A step that is as it should be. */
export const good: StepMaker = maker(true);

/** A step that is not. */
export const bad: StepMaker = maker(false);

/** A step of which nothing can be told. */
export const open: StepMaker = maker(null);
