/**
 * Reads JSON from files, whoever wrote them.
 *
 * @module
 */
import { type Verdict, verdicts } from "../verdict.ts";

/** Parses a text; `undefined` if it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a value is an object with fields. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is a whole number from 0 on. */
export function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** Whether a value is a verdict. */
export function isVerdict(value: unknown): value is Verdict {
  return verdicts.some((verdict) => verdict === value);
}
