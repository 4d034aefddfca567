/**
 * What `check` remembers from run to run: how many faults in a row each session
 * has had, as a small file of JSON.
 *
 * @module
 */
import { classOf, type Verdict } from "../verdict.ts";

/** Faults in a row by session, at least 1; who is alive is not in it. */
export type CheckState = ReadonlyMap<string, number>;

/** The longest state that is read, in bytes: some ten thousand sessions. */
export const longestState: number = 1024 * 1024;

/** Of this format; a newer one may mean something else. */
const version = 1;

/** Reads a state; returns in words what is wrong with one that can't be understood. An empty text is a state without faults. */
export function parseState(text: string): CheckState | string {
  if (text.trim() === "") return new Map();
  const content = parseJson(text);
  if (!isRecord(content)) return "it is not a state file of lifesign's";
  if (typeof content["version"] === "number" && content["version"] > version) {
    return "it was written by a newer lifesign";
  }
  const { faults } = content;
  const isSound = content["version"] === version && isRecord(faults) &&
    Object.values(faults).every((n) =>
      Number.isSafeInteger(n) && Number(n) > 0
    );
  if (!isSound) return "it is not a state file of lifesign's";
  return new Map(Object.entries(faults) as [string, number][]);
}

/** Writes a state as {@linkcode parseState} reads it. */
export function formatState(state: CheckState): string {
  return `${JSON.stringify({ version, faults: Object.fromEntries(state) })}\n`;
}

/** The state after one more verdict of a session. */
export function remember(
  state: CheckState,
  session: string,
  verdict: Verdict,
): CheckState {
  const next = new Map(state);
  if (classOf(verdict) === "fault") {
    next.set(session, (next.get(session) ?? 0) + 1);
  } else next.delete(session);
  return next;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
