/**
 * The status file as people ask for it: where it is, whether it can be relied
 * on, and what has become of the agent that writes it.
 *
 * @module
 */
import { show } from "../config/quote.ts";
import { agentSettings } from "../config/settings.ts";
import { nameOf } from "../config/trust.ts";
import {
  isStale,
  type Present,
  type SessionRecord,
  type StatusDocument,
} from "../status/status_document.ts";
import type { World } from "../world.ts";
import type { Arguments } from "./arguments.ts";
import { ago } from "../words.ts";
import { namedFile, refuseUnknown } from "./named_file.ts";
import type { SettingsTable } from "../setting.ts";

const { statusFile } = agentSettings;

/** The setting that names it, for commands that only read it. */
export const statusFileSetting: SettingsTable<{ statusFile: string | null }> = {
  statusFile: { ...statusFile, help: "the status file that run writes" },
};

/** Where the status is; throws a `LifesignError` if nothing says that. */
export function statusPath(
  args: Arguments,
  world: Pick<World, "environment" | "files">,
): Promise<string> {
  return namedFile(args, world, {
    table: statusFileSetting,
    setting: "statusFile",
    what: "a status",
  });
}

/** The sessions that are asked for, all if none is named. Throws a `LifesignError` if one is not there. */
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

/** What has become of the agent. */
export type AgentState =
  /** It reports. */
  | "running"
  /** It has ended, or has another status file by now. */
  | "stopped"
  /** It ought to have reported. */
  | "stale"
  /** There has been none. */
  | "absent";

/** What has become of an agent that wrote this, `null` for nothing. */
export function agentState(
  document: StatusDocument | null,
  present: Present,
): AgentState {
  if (document === null) return "absent";
  if (document.stopped !== null) return "stopped";
  return isStale(document, present) ? "stale" : "running";
}

/** What has become of it, in short. */
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

/** What has become of it, and how one can know. */
export function agentLine(
  document: StatusDocument,
  state: AgentState,
  now: number,
): string {
  const title = agentTitle(document, state, now);
  return state === "stale"
    ? `${title}, the next one was due ${ago(document.stale_after, now)}`
    : title;
}

/** What there is to say where no agent has written. */
export function absentLine(path: string): string {
  return `${nameOf(path)}: no agent has written this file`;
}
