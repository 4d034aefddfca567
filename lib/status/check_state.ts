/**
 * The state of `check`: what it remembers of each session between runs, in a
 * small JSON file.
 *
 * @module
 */
import { familyOf } from "../address.ts";
import { classOf, type Verdict } from "../verdict.ts";
import { isCount, isRecord, parseJson } from "./json.ts";

/** The memory of a session. */
export interface SessionMemory {
  /** The number of faults in a row. */
  readonly faults: number;
  /** The gateway address of the last valid answer; `null` without one. */
  readonly answered: string | null;
  /** How long all addresses of the gateway's name have been silent; `null` if they are not. */
  readonly silence: {
    /** Which they were; absent if an older lifesign wrote it. */
    readonly hosts?: readonly string[];
    /** The number of checks in a row, at least 1. */
    readonly cycles: number;
    /** When the first of them began, in wall-clock ms. */
    readonly since: number;
  } | null;
}

/** The result of a check of a session. */
export interface Finding extends Omit<SessionMemory, "faults"> {
  /** Its verdict. */
  readonly verdict: Verdict;
}

/** The memories by session name. A session with nothing to remember is absent. */
export type CheckState = ReadonlyMap<string, SessionMemory>;

/** The longest state that is read, in bytes: about ten thousand sessions. */
export const longestState: number = 1024 * 1024;

/** The version of the format. A newer one is refused. */
const version = 1;

/** Reads a state; returns the reason as text if that is impossible. An empty text is an empty state. */
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
        Number.isFinite(silence["since"]) && isHosts(silence["hosts"]));
}

function isHosts(value: unknown): boolean {
  return value === undefined || Array.isArray(value) && value.every(isHost);
}

function isHost(value: unknown): boolean {
  return typeof value === "string" && familyOf(value) !== null;
}

/** Writes a state for {@linkcode parseState}. */
export function formatState(state: CheckState): string {
  return `${
    JSON.stringify({ version, sessions: Object.fromEntries(state) })
  }\n`;
}

/** Returns the state after a check. A fault adds to the row, any other verdict ends it. */
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
