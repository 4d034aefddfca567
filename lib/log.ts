/**
 * The log: lines for people or programs. The only importer of @std/log, which
 * left the standard library in 2025.
 *
 * @module
 */
import { BaseHandler } from "@std/log/base-handler";
import type { LevelName } from "@std/log/levels";
import { Logger } from "@std/log/logger";
import { visible } from "./visible.ts";

/** The levels, the least important first. */
export const logLevels = ["debug", "info", "warn", "error"] as const;

/** The level of a line. */
export type LogLevel = typeof logLevels[number];

/**
 * The format of a line. `text` is `2026-11-21T05:30:00Z info dorm: alive`,
 * `journal` has a priority in place of time and level, `json` is an object.
 */
export type LogFormat = "text" | "journal" | "json";

/** A log. `session` is the name of the session of a line; absent if it is about none or several. */
export interface Log {
  /** Logs details for the search for a problem. */
  debug(message: string, session?: string): void;
  /** Logs news. */
  info(message: string, session?: string): void;
  /** Logs what may need attention. */
  warn(message: string, session?: string): void;
  /** Logs what needs attention. */
  error(message: string, session?: string): void;
}

/** How a log writes. */
export interface LogOptions {
  /** The least important level that is written; asked for each line. */
  readonly level: () => LogLevel;
  /** The format of lines; asked for each line. */
  readonly format: () => LogFormat;
  /** Wall-clock time in ms since 1970. */
  readonly wallTime: () => number;
  /** Writes a line, line feed included; must not throw. */
  readonly write: (line: string) => void;
}

/** Makes a log. */
export function createLog(
  { level, format, wallTime, write }: LogOptions,
): Log {
  const handler = new WriteHandler("DEBUG", {
    formatter: ({ levelName, msg, args: [session] }) =>
      formatLine(format(), {
        time: wallTime(),
        level: levelName.toLowerCase() as LogLevel,
        message: msg,
        ...typeof session === "string" ? { session } : {},
      }),
  });
  handler.log = write;
  const logger = new Logger("lifesign", "DEBUG", { handlers: [handler] });
  const log = (name: LogLevel) => (message: string, session?: string) => {
    logger.levelName = level().toUpperCase() as LevelName;
    logger[name](message, session);
  };
  return {
    debug: log("debug"),
    info: log("info"),
    warn: log("warn"),
    error: log("error"),
  };
}

/** The content of a line. */
export interface LogRecord {
  /** The wall-clock time in ms since 1970. */
  readonly time: number;
  /** Its level. */
  readonly level: LogLevel;
  /** Its text. */
  readonly message: string;
  /** Its session; absent if it is about none or several. */
  readonly session?: string;
}

/** The priorities of the levels in syslog and the journal (RFC 5424, section 6.2.1). */
const priorities = { error: 3, warn: 4, info: 6, debug: 7 } as const;

/** Writes a record as one line, line feed included. */
export function formatLine(
  format: LogFormat,
  { time, level, message, session }: LogRecord,
): string {
  const line = message.replace(/\s*[\r\n]+\s*/g, " ")
    .split("\t").map(visible).join("\t");
  switch (format) {
    case "text":
      return `${formatTime(time)} ${level} ${line}\n`;
    case "journal":
      return `<${priorities[level]}>${line}\n`;
    case "json": {
      const when = new Date(time).toISOString();
      const text = JSON.stringify({ time: when, level, message, session });
      return `${text.replace(/[\x7f-\x9f\u2028\u2029]/g, visible)}\n`;
    }
  }
}

/** Writes a wall-clock time in ms as RFC 3339, in UTC, to the second. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+/, "");
}

class WriteHandler extends BaseHandler {
  override log(_line: string): void {}
}
