/**
 * What `check` remembers of each session from run to run, as a small file of
 * JSON.
 *
 * @module
 */
import { familyOf } from "../address.ts";
import { classOf, type Verdict } from "../verdict.ts";
import { isCount, isRecord, parseJson } from "./json.ts";

/** What is remembered of a session. */
export interface SessionMemory {
  /** Its faults in a row. */
  readonly faults: number;
  /** The address of its gateway that answered validly last; `null` if none has. */
  readonly answered: string | null;
  /** For how long the addresses that the gateway's name has have been silent; `null` if they were not. */
  readonly silence: {
    /** Checks in a row, at least 1. */
    readonly cycles: number;
    /** When the first of them began, in wall-clock ms. */
    readonly since: number;
  } | null;
}

/** What a check found out about a session. */
export interface Finding extends Omit<SessionMemory, "faults"> {
  /** Its verdict. */
  readonly verdict: Verdict;
}

/** What is remembered, by session; one of which there is nothing to remember is not in it. */
export type CheckState = ReadonlyMap<string, SessionMemory>;

/** The longest state that is read, in bytes: some ten thousand sessions. */
export const longestState: number = 1024 * 1024;

/** Of this format; a newer one may mean something else. */
const version = 1;

/** Reads a state; returns in words what is wrong with one that can't be understood. An empty text is a state without sessions. */
export function parseState(text: string): CheckState | string {
  if (text.trim() === "") return new Map();
  const content = parseJson(text);
  if (!isRecord(content)) return "it is not a state file of lifesign's";
  if (typeof content["version"] === "number" && content["version"] > version) {
    return "it was written by a newer lifesign";
  }
  const { sessions } = content;
  const isSound = content["version"] === version && isRecord(sessions) &&
    Object.values(sessions).every(isMemory);
  if (!isSound) return "it is not a state file of lifesign's";
  return new Map(Object.entries(sessions) as [string, SessionMemory][]);
}

function isMemory(value: unknown): value is SessionMemory {
  if (!isRecord(value)) return false;
  const { faults, answered, silence } = value;
  return isCount(faults) && (answered === null || isHost(answered)) &&
    (silence === null ||
      isRecord(silence) && isCount(silence["cycles"]) &&
        Number.isFinite(silence["since"]));
}

function isHost(value: unknown): boolean {
  return typeof value === "string" && familyOf(value) !== null;
}

/** Writes a state as {@linkcode parseState} reads it. */
export function formatState(state: CheckState): string {
  return `${
    JSON.stringify({ version, sessions: Object.fromEntries(state) })
  }\n`;
}

/** The state after one more check of a session: a fault is one more in a row, anything else ends the row. */
export function remember(
  state: CheckState,
  session: string,
  { verdict, answered, silence }: Finding,
): CheckState {
  const before = state.get(session);
  const memory: SessionMemory = {
    faults: classOf(verdict) === "fault" ? (before?.faults ?? 0) + 1 : 0,
    answered: answered ?? before?.answered ?? null,
    silence,
  };
  const next = new Map(state).set(session, memory);
  const isEmpty = memory.faults === 0 && memory.answered === null &&
    silence === null;
  if (isEmpty) next.delete(session);
  return next;
}
