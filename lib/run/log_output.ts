/**
 * Where `run` logs to: stderr, or a file that may change while it runs.
 *
 * @module
 */
import type { Resolved } from "../config/layers.ts";
import type { AgentSettings } from "../config/settings.ts";
import { nameOf } from "../config/trust.ts";
import type { Mistake } from "../errors.ts";
import {
  createLog,
  formatLine,
  type Log,
  type LogFormat,
  type LogLevel,
  logLevels,
} from "../log.ts";
import { isFault, type LogFile, type World } from "../world.ts";
import { plural } from "../words.ts";

/** A log, and where it goes. */
export interface LogOutput {
  /** Goes to stderr until settings say otherwise. */
  readonly log: Log;
  /** Goes to the file if there is one, else nowhere. */
  readonly fileLog: Log;
  /** Opens what these settings need, without using it yet. */
  prepare(agent: Resolved<AgentSettings>): Promise<PreparedLog>;
}

/** A log that can be used, or mistakes. */
export interface PreparedLog {
  /** Why it can't be used. */
  readonly mistakes: readonly Mistake[];
  /** Logs this way from now on; only the first call counts. */
  use(): void;
  /** Lets go of what was opened, unless it is in use. */
  discard(): void;
}

/** How a log works. */
export interface LogOutputOptions {
  /** Whether only errors go to stderr. */
  readonly isQuiet: boolean;
  /** Receives lines meant for stderr; returns `false` if they should go there after all. Absent without a screen. */
  readonly takeLine?: (level: LogLevel, message: string) => boolean;
}

/** The settings that a log has a use for. */
type LogSettings = Pick<
  AgentSettings,
  "logLevel" | "logFormat" | "logFile" | "logMaxBytes" | "logBackups"
>;

/** Makes a log that goes to stderr. */
export function createLogOutput(
  { clock, logFiles, terminal }: Pick<
    World,
    "clock" | "logFiles" | "terminal"
  >,
  { isQuiet, takeLine = () => false }: LogOutputOptions,
): LogOutput {
  let level: LogLevel = "info";
  let format: LogSettings["logFormat"] = "text";
  let file: LogFile | null = null;
  let path: string | null = null;
  const { wallTime } = clock;
  const { isJournal } = terminal;
  const onStderr = (): LogFormat =>
    isJournal && format === "text" ? "journal" : format;
  const stderr = createLog({
    level: () => isQuiet ? "error" : level,
    format: onStderr,
    wallTime,
    write: terminal.writeError,
  });
  const inFile = createLog({
    level: () => level,
    format: () => format,
    wallTime,
    write: (line) => file?.write(line),
  });
  const besidesFile = (name: LogLevel, message: string, session?: string) => {
    if (isLogged(name, level) && takeLine(name, message)) return;
    stderr[name](message, session);
  };
  const log = (name: LogLevel) => (message: string, session?: string) => {
    if (file !== null) return inFile[name](message, session);
    besidesFile(name, message, session);
  };
  const fileLog = (name: LogLevel) => (message: string, session?: string) => {
    if (file !== null) inFile[name](message, session);
  };

  /** Makes the file at a path, or tells why it can't be made. */
  async function open(
    path: string,
    limits: Parameters<LogFile["reopen"]>[0],
  ): Promise<LogFile | Mistake> {
    const opened = await logFiles.open(path, {
      ...limits,
      onFault(what, { message }) {
        const then = what === "write"
          ? "lines are lost until that has changed"
          : "it grows until that has changed";
        besidesFile(
          "error",
          `${nameOf(path)}: Cannot ${what} the log: ${message}; ${then}`,
        );
      },
      lossLine: (lost) =>
        formatLine(format, {
          time: wallTime(),
          level: "warn",
          message: `${
            plural(lost, "line is", "lines are")
          } missing here: the log could not be written`,
        }),
    });
    if (!isFault(opened)) return opened;
    const message = `${nameOf(path)}: Cannot write the log: ${opened.message}`;
    return { kind: "cantcreat", message };
  }

  return {
    log: logOf(log),
    fileLog: logOf(fileLog),
    async prepare(agent) {
      const nothing = { mistakes: [], use() {}, discard() {} };
      if (!("settings" in agent)) return nothing;
      const {
        logLevel,
        logFormat,
        logFile: nextPath,
        logMaxBytes,
        logBackups,
      } = agent.settings;
      const limits = { maxBytes: logMaxBytes, backups: logBackups };
      const isKept = nextPath === path;
      const next = nextPath === null || isKept
        ? null
        : await open(nextPath, limits);
      if (next !== null && "kind" in next) {
        return { ...nothing, mistakes: [next] };
      }
      let isUsed = false;
      return {
        mistakes: [],
        use() {
          if (isUsed) return;
          isUsed = true;
          level = logLevel;
          format = logFormat;
          if (isKept) return file?.reopen(limits);
          file?.close();
          file = next;
          path = nextPath;
        },
        discard() {
          if (!isUsed) next?.close();
        },
      };
    },
  };
}

function logOf(write: (level: LogLevel) => Log[LogLevel]): Log {
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  };
}

function isLogged(name: LogLevel, level: LogLevel): boolean {
  return logLevels.indexOf(name) >= logLevels.indexOf(level);
}
