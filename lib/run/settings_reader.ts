/**
 * Reads the settings at the start, and again when asked to.
 *
 * @module
 */
import { load, type Request } from "../config/load.ts";
import type { AgentSettings } from "../config/settings.ts";
import type { Mistake } from "../errors.ts";
import type { World } from "../world.ts";
import { createProgramLock, type ProgramLock } from "./locks.ts";
import { loginWarnings } from "./login_warnings.ts";
import type { LogOutput } from "./log_output.ts";
import { type OpenSession, openSessions } from "./sessions.ts";

/** Which sessions to keep alive. */
export interface KeepingRequest extends Request {
  /** What is wrong with the command line. */
  readonly mistakes: readonly Mistake[];
}

/** Reads settings. Those that were read last stay in force until a reading succeeds. */
export class SettingsReader {
  /** What is in force of the agent's settings; empty before the first reading. */
  agent: Partial<AgentSettings> = {};
  private sessions: ReadonlyMap<string, OpenSession> = new Map();
  private readonly lock: ProgramLock;

  /** Begins without settings. */
  constructor(
    private readonly request: KeepingRequest,
    private readonly world: World,
    private readonly logOutput: LogOutput,
  ) {
    this.lock = createProgramLock(world);
  }

  /** How many sessions there are. */
  get sessionCount(): number {
    return this.sessions.size;
  }

  /** Reads everything, takes the lock file and moves the log; rejects with a `LifesignError` if anything is wrong. */
  async read(): Promise<readonly OpenSession[]> {
    const { request, world, logOutput, sessions: before } = this;
    const loaded = await load(request, world);
    const logged = await logOutput.prepare(loaded.agent);
    // At the start there is no better place for warnings.
    if (before.size === 0) logged.use();
    try {
      const sessions = await openSessions(loaded, world, {
        mistakes: [...request.mistakes, ...logged.mistakes],
        warn: (message) => logOutput.log.warn(message),
        logsIn: true,
        before,
      });
      if ("settings" in loaded.agent) {
        const { settings } = loaded.agent;
        await this.lock.hold(settings.lockFile);
        this.agent = settings;
        for (const warning of loginWarnings(sessions, settings.lockFile)) {
          logOutput.log.warn(warning);
        }
      }
      logged.use();
      this.sessions = new Map(
        sessions.map((session) => [session.name, session]),
      );
      return sessions;
    } finally {
      logged.discard();
    }
  }

  /** Lets go of the lock file. */
  release(): void {
    this.lock.release();
  }
}
