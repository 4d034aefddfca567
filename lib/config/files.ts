/**
 * Checks of the files that the program writes.
 *
 * @module
 */
import { originOf, type Resolved } from "./layers.ts";
import type { Finding } from "./origin.ts";
import { type AgentSettings, keyOf } from "./settings.ts";
import { nameOf } from "./trust.ts";

/** The settings that name a file to write. */
export const writtenFiles = [
  "statusFile",
  "metricsFile",
  "historyFile",
  "state",
  "lockFile",
  "logFile",
] as const satisfies readonly (keyof AgentSettings)[];

/** Finds settings that name the same file. */
export function checkFiles(agent: Resolved<AgentSettings>): Finding[] {
  if (!("settings" in agent)) return [];
  const { settings, origins } = agent;
  const users = new Map<string, string>();
  return writtenFiles.flatMap((setting): Finding[] => {
    const path = settings[setting];
    if (path === null) return [];
    const other = users.get(path);
    users.set(path, other ?? keyOf(setting));
    if (other === undefined) return [];
    const key = keyOf(setting);
    const message =
      `Cannot write ${key} where ${other} is: expected another file, e.g. ${
        nameOf(`${path}.${key}`)
      }`;
    return [{ origin: originOf(origins, setting), message }];
  });
}
