/**
 * Whether a session has to be started anew after its settings were read again.
 *
 * @module
 */
import { type SessionSettings, sessionSettings } from "../config/settings.ts";
import { identityFileOf, type OpenSession } from "./sessions.ts";

/** Settings that don't change heartbeats. */
const hookSettings: readonly (keyof SessionSettings)[] = [
  "onDead",
  "onFault",
  "onAlive",
  "onCycle",
  "onFaultAfter",
  "onFaultEvery",
  "hookTimeout",
];

const heartbeatSettings = Object.keys(sessionSettings).filter((name) =>
  !hookSettings.some((hook) => hook === name)
);

/** Whether the heartbeats of two sessions are the same. A UID from a file does not count: each cycle reads it. */
export function isSameSession(a: OpenSession, b: OpenSession): boolean {
  return settingsOf(a) === settingsOf(b);
}

function settingsOf(session: OpenSession): string {
  const { protocol: { identity }, values, files } = session;
  const isRead = identityFileOf(session) !== null;
  return JSON.stringify([
    files,
    session.also.map(({ files }) => files),
    ...heartbeatSettings.map((name) =>
      isRead && name === identity?.value ? null : values[name]
    ),
  ]);
}
