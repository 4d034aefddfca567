/**
 * What `run` and `watch` do: keep sessions alive, tell observers, read the
 * settings again when asked to, and come to an end.
 *
 * @module
 */
import { createFleet, type Fleet } from "../session/fleet.ts";
import {
  type AgentSettings,
  agentSettings,
  type FileSettings,
  fileSettings,
  type SessionSettings,
  sessionSettings,
} from "../config/settings.ts";
import { instantOf } from "../instant.ts";
import { LifesignError, refuse } from "../errors.ts";
import { type ExitCode, exitCodeOf, worst } from "../exit_code.ts";
import type { Verdict } from "../verdict.ts";
import type { World } from "../world.ts";
import { checkDescriptors } from "./descriptors.ts";
import { readAnswered, sessionKey } from "./last_answered.ts";
import {
  createLogOutput,
  type LogOutput,
  type LogOutputOptions,
} from "./log_output.ts";
import { historyLines } from "./observers/history.ts";
import { createHooks, type Hooks } from "./observers/hooks.ts";
import {
  createSessionStats,
  type SessionStats,
} from "./observers/session_stats.ts";
import { logLines } from "./observers/log_lines.ts";
import { metricsServer } from "./observers/metrics_server.ts";
import { notifyLines } from "./observers/notify.ts";
import type { Observer } from "./observers/observer.ts";
import { statusFiles } from "./observers/status_files.ts";
import { summaries } from "./observers/summaries.ts";
import { isSameSession } from "./same_session.ts";
import type { OpenSession } from "./sessions.ts";
import { type KeepingRequest, SettingsReader } from "./settings_reader.ts";
import type { SettingsTable } from "../setting.ts";

/** What only `check` has a use for is left out. */
const { state: _state, ...ofAgent } = agentSettings;

/** The settings that a command which keeps sessions alive has a use for. */
export const keepingSettings: SettingsTable<
  SessionSettings & Omit<AgentSettings, "state"> & FileSettings
> = { ...sessionSettings, ...ofAgent, ...fileSettings };

/** What one command does differently from another. */
export interface KeepingOptions {
  /** Whether only errors are logged to stderr. */
  readonly isQuiet: boolean;
  /** Makes the command's own observers. They may end it with a code, or have all sessions asked now. */
  readonly observers: (
    sessionStats: SessionStats,
    stop: (code: ExitCode) => void,
    ask: () => void,
  ) => readonly Observer[];
  /** Whether its observers show people what happens to sessions, so that only a log file needs that, too; not if absent. */
  readonly showsSessions?: boolean;
  /**
   * Receives log lines meant for stderr; returns `false` if they should go there
   * after all. Absent without a screen. A screen shows what happens to sessions
   * itself, and ends when its terminal hangs up.
   */
  readonly takeLine?: LogOutputOptions["takeLine"];
}

/** How long observers may take at the end, in ms: a busy disk still gets the last status, a stuck one holds up nothing. */
const stopTimeMs = 2_000;

/** How much longer they may take for each session, in ms. */
const stopTimePerSessionMs = 1 / 5;

/**
 * Keeps the sessions alive that are asked for, until they die or somebody stops
 * it, and resolves to the exit code. Rejects with a `LifesignError` for a user's
 * mistakes.
 */
export function keepSessions(
  request: KeepingRequest,
  world: World,
  options: KeepingOptions,
): Promise<ExitCode> {
  return new Keeper(request, world, options).keep();
}

/** Joins the parts: settings, sessions, observers and signals. */
class Keeper {
  private readonly stop = Promise.withResolvers<ExitCode>();
  private readonly logOutput: LogOutput;
  private readonly settings: SettingsReader;
  private readonly hooks: Hooks;
  private readonly observers: readonly Observer[];
  /** The addresses that an earlier process knew, by `sessionKey`. */
  private answered: ReadonlyMap<string, string> = new Map();
  /** What became of the sessions; `null` while one of them goes on. */
  private lastVerdicts: readonly Verdict[] | null = null;
  /** Has all sessions asked now; does nothing before there are any. */
  private ask: () => void = () => {};
  /** Settles once the settings have been read as often as asked for. */
  private reading = Promise.resolve();

  constructor(
    request: KeepingRequest,
    private readonly world: World,
    private readonly options: KeepingOptions,
  ) {
    const { isQuiet, takeLine } = options;
    const screen = takeLine && { takeLine };
    this.logOutput = createLogOutput(world, { isQuiet, ...screen });
    this.settings = new SettingsReader(request, world, this.logOutput);
    this.hooks = createHooks({
      world,
      log: this.logOutput.log,
      onIdle: () => this.endIfOver(),
      ...screen,
    });
    this.observers = this.createObservers();
  }

  async keep(): Promise<ExitCode> {
    const { world, stop, observers, logOutput: { log } } = this;
    let reload = () => {};
    this.listen({ onReload: () => reload(), onAsk: () => this.ask() });
    // Somebody may still have to type the UID.
    const sessions = await Promise.race([this.prepare(), stop.promise]);
    if (typeof sessions === "number") return sessions;
    world.routes.onAbsence(({ message }) => log.warn(message));
    for (const { onStart } of observers) onStart?.(sessions);
    // What came before the settings were read for the first time is no news.
    const fleet = this.createFleet();
    reload = () => this.reload(fleet);
    this.ask = fleet.ask;
    fleet.keep(sessions);
    const code = await stop.promise;
    fleet.stop();
    await this.stopObservers(code);
    this.settings.release();
    // A script waits for the status, even where nobody reads the rest.
    world.terminal.hurry();
    return code;
  }

  private createObservers(): readonly Observer[] {
    const { world, stop, hooks, options } = this;
    const { takeLine, showsSessions = false, observers } = options;
    const { log, fileLog } = this.logOutput;
    const settings = () => this.settings.agent;
    const sessionStats = createSessionStats(
      world.clock,
      (session) => this.answeredBefore(session),
    );
    return [
      sessionStats,
      hooks,
      logLines(takeLine || showsSessions ? fileLog : log),
      ...observers(sessionStats, stop.resolve, () => this.ask()),
      notifyLines(world, log),
      statusFiles({ world, sessionStats, log, settings }),
      metricsServer({ world, sessionStats, log, settings }),
      historyLines({ world, log, settings }),
      summaries({ world, sessionStats, log }),
    ];
  }

  private createFleet(): Fleet<OpenSession> {
    const { world, observers, hooks } = this;
    return createFleet<OpenSession>({
      world,
      onReport(session, report, next) {
        const times = { at: instantOf(world.clock), next };
        for (const { onReport } of observers) {
          onReport?.(session, report, times);
        }
      },
      logIn: hooks.logIn,
      answered: (session) => this.answeredBefore(session),
      onEnd: (verdicts) => {
        this.lastVerdicts = verdicts;
        this.endIfOver();
      },
    }, isSameSession);
  }

  private answeredBefore(session: OpenSession): string | null {
    return this.answered.get(sessionKey(session)) ?? null;
  }

  private listen(
    { onReload, onAsk }: {
      readonly onReload: () => void;
      readonly onAsk: () => void;
    },
  ): void {
    const { world: { signals, terminal }, stop, options } = this;
    // A terminal that has hung up does not look like one any more.
    const mayHangUp = terminal.isInteractive || options.takeLine !== undefined;
    signals.listen("SIGTERM", () => stop.resolve(0));
    signals.listen("SIGINT", () => stop.resolve(130));
    signals.listen("SIGHUP", () => mayHangUp ? stop.resolve(0) : onReload());
    signals.listen("SIGUSR2", onAsk);
  }

  /** Makes everything ready for the first heartbeat. */
  private async prepare(): Promise<readonly OpenSession[]> {
    const { settings, world, observers } = this;
    const sessions = await settings.read();
    const mistakes = checkDescriptors(sessions, world);
    const { statusFile = null } = settings.agent;
    if (statusFile !== null) {
      this.answered = await readAnswered(statusFile, world);
    }
    for (const observer of observers) {
      mistakes.push(...await observer.prepare?.(sessions) ?? []);
    }
    refuse(mistakes);
    return sessions;
  }

  /** Reads the settings again, after any reading that is under way. */
  private reload(fleet: Fleet<OpenSession>): void {
    this.reading = this.reading.then(() => this.readAgain(fleet))
      .catch(this.stop.reject);
  }

  private async readAgain(fleet: Fleet<OpenSession>): Promise<void> {
    const { settings, observers, logOutput: { log } } = this;
    for (const { onReloading } of observers) onReloading?.();
    try {
      const sessions = await settings.read();
      this.lastVerdicts = null;
      fleet.keep(sessions);
      for (const { onReload } of observers) onReload?.(sessions);
    } catch (error) {
      if (!(error instanceof LifesignError)) throw error;
      for (const { message } of error.mistakes) log.error(message);
      log.error("the settings are wrong; the old ones stay in force");
      for (const { onReloadFailed } of observers) onReloadFailed?.();
    }
  }

  /** Ends once no session is left, and no hook that still has to tell of one. */
  private endIfOver(): void {
    const { lastVerdicts, hooks, stop } = this;
    if (lastVerdicts === null || !hooks.isIdle) return;
    stop.resolve(exitCodeOf(worst(lastVerdicts) ?? "alive"));
  }

  /** Tells observers that it is over, and waits for them, but not for long. */
  private async stopObservers(code: ExitCode): Promise<void> {
    const { world: { clock }, observers, settings } = this;
    const stopped = observers.map(({ onStop }) => onStop?.(code));
    const late = Promise.withResolvers<void>();
    const longest = stopTimeMs +
      Math.floor(settings.sessionCount * stopTimePerSessionMs);
    const cancel = clock.setTimer(clock.now() + longest, late.resolve);
    await Promise.race([Promise.all(stopped), late.promise]);
    cancel();
  }
}
