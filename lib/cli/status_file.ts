/**
 * The agent and the sessions that a status file is about.
 *
 * @module
 */
import { show } from "../config/quote.ts";
import { nameOf } from "../config/trust.ts";
import {
  isStale,
  type Present,
  type SessionRecord,
  type StatusDocument,
} from "../status/status_document.ts";
import { loginWords } from "../status/login_words.ts";
import { ago } from "../words.ts";
import { refuseUnknown } from "./named_file.ts";

/** The sessions with these names, or all without names. Throws a `LifesignError` if one is not there. */
export function selectSessions(
  { sessions }: StatusDocument,
  names: readonly string[],
): readonly SessionRecord[] {
  const known = sessions.map(({ session }) => session);
  refuseUnknown(names, known, "the agent keeps alive");
  return names.length === 0
    ? sessions
    : sessions.filter(({ session }) => names.includes(session));
}

/** The state of an agent. */
export type AgentState =
  /** It reports. */
  | "running"
  /** It has ended, or writes another status file now. */
  | "stopped"
  /** Its next report is late. */
  | "stale"
  /** It has written nothing. */
  | "absent";

/** The state of the agent that wrote a document; `null` for no document. */
export function agentState(
  document: StatusDocument | null,
  present: Present,
): AgentState {
  if (document === null) return "absent";
  if (document.stopped !== null) return "stopped";
  return isStale(document, present) ? "stale" : "running";
}

/** The agent and its state in a few words. */
export function agentTitle(
  { version, pid, updated, stopped, exit_code }: StatusDocument,
  state: AgentState,
  now: number,
): string {
  const who = `lifesign ${show(version)}, process ${pid}`;
  switch (state) {
    case "stopped":
      return exit_code === null
        ? `${who}: goes on in another status file, since ${ago(stopped, now)}`
        : `${who}: ended ${ago(stopped, now)} with status ${exit_code}`;
    case "stale":
      return `${who}: gone, last report ${ago(updated, now)}`;
    default:
      return `${who}: last report ${ago(updated, now)}`;
  }
}

/** The line for a file that no agent has written. */
export function absentLine(path: string): string {
  return `${nameOf(path)}: no agent has written this file`;
}

/** What a session's logins are at, in words; `null` for nothing. */
export function loginOf(
  login: SessionRecord["login"],
  now: number,
): string | null {
  if (login === null) return null;
  const { next } = login;
  return loginWords(login, next === null ? null : Date.parse(next) - now);
}
