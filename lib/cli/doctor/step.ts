/**
 * What a doctor says: one step of an explanation.
 *
 * @module
 */
import { bold, dim, green, red } from "@std/fmt/colors";
import { wrap } from "../wrap.ts";

/** The steps, in their order; datagrams and streams have some each for themselves. */
export const stepNames = [
  "settings",
  "name",
  "route",
  "sending",
  "answer",
  "content",
  "connect",
  "tls",
  "protocol",
  "session",
  "idle",
] as const;

/** What a step is about. */
export type StepName = typeof stepNames[number];

/** What a step found. */
export interface Outcome {
  /** Whether all is well; `null` if that is not known. */
  readonly ok: boolean | null;
  /** What was found. */
  readonly text: string;
  /** What to do about it; `null` if there is nothing to do. */
  readonly advice: string | null;
}

/** A step of an explanation. */
export interface Step extends Outcome {
  /** What it is about. */
  readonly step: StepName;
}

/** Makes an outcome from what was found, and what to do about it, if anything. */
export type OutcomeMaker = (text: string, advice?: string) => Outcome;

function maker(ok: Outcome["ok"]): OutcomeMaker {
  return (text, advice) => ({ ok, text, advice: advice ?? null });
}

/** All is well. */
export const good: OutcomeMaker = maker(true);

/** Something is wrong. */
export const bad: OutcomeMaker = maker(false);

/** Nobody knows. */
export const unknown: OutcomeMaker = maker(null);

/** The width of a terminal. */
const width = 80;

const nameWidth = Math.max(...stepNames.map((name) => name.length));

/** A step in lines: a sign, its name, what was found, and below that what to do. */
export function stepLines(
  { step, ok, text, advice }: Step,
  hasColours = false,
): string[] {
  const sign = ok === null ? "–" : ok ? "✓" : "✗";
  const head = `  ${sign} ${step.padEnd(nameWidth)}  `;
  const found = paragraph(head, text);
  const advised = advice === null
    ? []
    : paragraph(`${" ".repeat(head.length)}→ `, advice);
  if (!hasColours) return [...found, ...advised];
  const paint = ok === null ? dim : ok ? green : red;
  const [first = "", ...rest] = found;
  return [first.replace(sign, paint(sign)), ...rest, ...advised.map(bold)];
}

/** Text behind a head, in lines that all begin at the same column. */
export function paragraph(head: string, text: string): string[] {
  const margin = " ".repeat(head.length);
  return wrap(text, width - head.length).map((line, at) =>
    `${at === 0 ? head : margin}${line}`
  );
}
