/**
 * What `run` and `watch` do: keep sessions alive, tell observers, read the
 * settings again when asked to, and come to an end.
 *
 * @module
 */
import { createFleet } from "../session/fleet.ts";
import { load, type Request } from "../config/load.ts";
import {
  type AgentSettings,
  agentSettings,
  type FileSettings,
  fileSettings,
  type SessionSettings,
  sessionSettings,
} from "../config/settings.ts";
import { LifesignError, type Mistake, refuse } from "../errors.ts";
import { type ExitCode, exitCodeOf, worst } from "../exit_code.ts";
import type { Verdict } from "../verdict.ts";
import type { World } from "../world.ts";
import { checkDescriptors } from "./descriptors.ts";
import { readAnswered, sessionKey } from "./last_answered.ts";
import { createProgramLock } from "./locks.ts";
import { createLogOutput, type LogOutputOptions } from "./log_output.ts";
import { historyLines } from "./observers/history.ts";
import { createHooks } from "./observers/hooks.ts";
import {
  createSessionStats,
  type SessionStats,
} from "./observers/session_stats.ts";
import { logLines } from "./observers/log_lines.ts";
import { notifyLines } from "./observers/notify.ts";
import type { Observer } from "./observers/observer.ts";
import { statusFiles } from "./observers/status_files.ts";
import { summaries } from "./observers/summaries.ts";
import { identityFileOf, type OpenSession, openSessions } from "./sessions.ts";
import type { SettingsTable } from "../setting.ts";

/** What only `check` has a use for is left out. */
const { state: _state, ...ofAgent } = agentSettings;

/** The settings that a command which keeps sessions alive has a use for. */
export const keepingSettings: SettingsTable<
  SessionSettings & Omit<AgentSettings, "state"> & FileSettings
> = { ...sessionSettings, ...ofAgent, ...fileSettings };

/** Which sessions are to be kept alive. */
export interface KeepingRequest extends Request {
  /** What is wrong with the command line. */
  readonly mistakes: readonly Mistake[];
}

/** What one command does differently from another. */
export interface KeepingOptions {
  /** Whether only errors are logged to stderr. */
  readonly isQuiet: boolean;
  /** Who is told besides those who always are; may stop everything with a code. */
  readonly observers: (
    sessionStats: SessionStats,
    stop: (code: ExitCode) => void,
  ) => readonly Observer[];
  /** A screen, which tells by itself what happens to sessions, takes what else would be logged to stderr, unless it returns `false`, and ends when its terminal hangs up; absent if there is none. */
  readonly takeLine?: LogOutputOptions["take"];
}

/** How long what is left to be done may put off the end, in ms: a busy disk still gets the last status, a stuck one is left alone. Many sessions get a ms more for every five. */
const patience = 2_000;

/**
 * Keeps the sessions alive that are asked for, until they die or
 * somebody stops it, and resolves to the code that the process is to end with.
 * Rejects with a `LifesignError` for a user's mistakes.
 */
export async function keepSessions(
  request: KeepingRequest,
  world: World,
  { isQuiet, observers: others, takeLine }: KeepingOptions,
): Promise<ExitCode> {
  let settings: Partial<AgentSettings> = {};
  const logOutput = createLogOutput(world, {
    isQuiet,
    ...takeLine && { take: takeLine },
  });
  const { log } = logOutput;
  const stop = Promise.withResolvers<ExitCode>();
  let last: readonly Verdict[] | null = null;
  const hooks = createHooks({
    world,
    log,
    onIdle: endIfOver,
    ...takeLine && { takeLine },
  });
  let answered: ReadonlyMap<string, string> = new Map();
  const answeredBefore = (session: OpenSession) =>
    answered.get(sessionKey(session)) ?? null;
  const sessionStats = createSessionStats(world.clock, answeredBefore);
  const observers: readonly Observer[] = [
    sessionStats,
    hooks,
    logLines(takeLine ? logOutput.fileLog : log),
    ...others(sessionStats, stop.resolve),
    notifyLines(world, log),
    statusFiles({ world, sessionStats, log, settings: () => settings }),
    historyLines({ world, log, settings: () => settings }),
    summaries({ world, sessionStats, log }),
  ];
  let current: ReadonlyMap<string, OpenSession> = new Map();
  const lock = createProgramLock(world);

  /** Ends once no session is left, and no hook that still has to tell of one. */
  function endIfOver(): void {
    if (last === null || !hooks.isIdle) return;
    stop.resolve(exitCodeOf(worst(last) ?? "alive"));
  }

  /** Reads everything, and keeps what there was if anything is wrong. */
  async function read(): Promise<readonly OpenSession[]> {
    const loaded = await load(request, world);
    const logged = await logOutput.prepare(loaded.agent);
    // At the start there is no better place for warnings.
    if (current.size === 0) logged.use();
    try {
      const sessions = await openSessions(loaded, world, {
        mistakes: [...request.mistakes, ...logged.mistakes],
        warn: (message) => log.warn(message),
        before: current,
      });
      if ("settings" in loaded.agent) {
        const { lockFile } = loaded.agent.settings;
        await lock.hold(
          lockFile,
        );
        settings = loaded.agent.settings;
      }
      logged.use();
      current = new Map(sessions.map((session) => [session.name, session]));
      return sessions;
    } finally {
      logged.discard();
    }
  }

  /** Makes everything ready for the first heartbeat. */
  async function begin(): Promise<readonly OpenSession[]> {
    const sessions = await read();
    const mistakes = checkDescriptors(sessions, world);
    const { statusFile = null } = settings;
    if (statusFile !== null) {
      answered = await readAnswered(statusFile, world);
    }
    for (const observer of observers) {
      mistakes.push(...await observer.prepare?.(sessions) ?? []);
    }
    refuse(mistakes);
    return sessions;
  }

  const { clock, signals, terminal } = world;
  // A terminal that has hung up does not look like one any more.
  const mayHangUp = terminal.isInteractive || takeLine !== undefined;
  signals.listen("SIGTERM", () => stop.resolve(0));
  signals.listen("SIGINT", () => stop.resolve(130));
  // What comes before the settings have been read for the first time is no news.
  let reload = () => {};
  signals.listen("SIGHUP", () => mayHangUp ? stop.resolve(0) : reload());
  // Somebody may still have to type the UID.
  const sessions = await Promise.race([begin(), stop.promise]);
  if (typeof sessions === "number") return sessions;

  world.routes.onAbsence(({ message }) => log.warn(message));
  for (const { onStart } of observers) onStart?.(sessions);
  const fleet = createFleet<OpenSession>({
    world,
    onReport(session, report, next) {
      for (const { onReport } of observers) onReport?.(session, report, next);
    },
    logIn: hooks.logIn,
    answered: answeredBefore,
    onEnd(verdicts) {
      last = verdicts;
      endIfOver();
    },
  }, isSame);

  async function readAgain(): Promise<void> {
    for (const { onReloading } of observers) onReloading?.();
    try {
      const sessions = await read();
      last = null;
      fleet.keep(sessions);
      for (const { onReload } of observers) onReload?.(sessions);
    } catch (error) {
      if (!(error instanceof LifesignError)) throw error;
      for (const { message } of error.mistakes) log.error(message);
      log.error("the settings are wrong; the old ones stay in force");
      for (const { onReloadFailed } of observers) onReloadFailed?.();
    }
  }

  let reading = Promise.resolve();
  reload = () => {
    reading = reading.then(readAgain).catch(stop.reject);
  };
  fleet.keep(sessions);
  const code = await stop.promise;
  fleet.stop();
  const stopped = observers.map(({ onStop }) => onStop?.(code));
  const late = Promise.withResolvers<void>();
  const longest = patience + Math.floor(current.size / 5);
  const cancel = clock.setTimer(clock.now() + longest, late.resolve);
  await Promise.race([Promise.all(stopped), late.promise]);
  cancel();
  lock.release();
  // A script waits for the status, even where nobody reads the rest.
  terminal.hurry();
  return code;
}

/** Settings that say nothing about heartbeats. */
const hookSettings: readonly string[] = [
  "onDead",
  "onFault",
  "onAlive",
  "hookTimeout",
];

/** Whether two sessions are kept alive alike; a UID that a file holds is read anew anyway. */
function isSame(a: OpenSession, b: OpenSession): boolean {
  return settingsOf(a) === settingsOf(b);
}

function settingsOf(session: OpenSession): string {
  const { protocol: { identity }, values } = session;
  const names = Object.keys(sessionSettings).filter((name) =>
    !hookSettings.includes(name)
  );
  const isRead = identityFileOf(session) !== null;
  return JSON.stringify(
    names.map((name) =>
      isRead && name === identity?.value ? null : values[name]
    ),
  );
}
