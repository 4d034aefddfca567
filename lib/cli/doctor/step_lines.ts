/**
 * A step for people.
 *
 * @module
 */
import { wrap } from "../help.ts";
import { type Step, stepNames } from "./step.ts";

/** The width of a terminal. */
const width = 80;

const column = Math.max(...stepNames.map((name) => name.length));

/** The step in lines: a sign, what it is about, what was found, and below that what to do. */
export function stepLines({ step, ok, text, advice }: Step): string[] {
  const sign = ok === null ? "–" : ok ? "✓" : "✗";
  const head = `  ${sign} ${step.padEnd(column)}  `;
  const found = paragraph(head, text);
  if (advice === null) return found;
  return [...found, ...paragraph(`${" ".repeat(head.length)}→ `, advice)];
}

/** Text behind a head, broken into lines that begin where it does in the first. */
function paragraph(head: string, text: string): string[] {
  const margin = " ".repeat(head.length);
  return wrap(text, width - head.length).map((line, at) =>
    `${at === 0 ? head : margin}${line}`
  );
}
