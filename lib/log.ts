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

/** How important a line can be, the least important first. */
export const logLevels = ["debug", "info", "warn", "error"] as const;

/** How important a line is. */
export type LogLevel = typeof logLevels[number];

/**
 * How a line looks: `2026-11-21T05:30:00Z info dorm: alive` (`text`), the same
 * as the systemd journal takes it, with a priority and without a time, which
 * it knows itself (`journal`), or an object (`json`).
 */
export type LogFormat = "text" | "journal" | "json";

/** Where lines are logged to; `session` is the name of the one that a line is about, absent if it is about none or several. */
export interface Log {
  /** What is of interest only when something is to be found out. */
  debug(message: string, session?: string): void;
  /** What is news. */
  info(message: string, session?: string): void;
  /** What may need somebody. */
  warn(message: string, session?: string): void;
  /** What does need somebody. */
  error(message: string, session?: string): void;
}

/** What a log works with. */
export interface LogOptions {
  /** What is less important than this is not written; asked for each line. */
  readonly level: () => LogLevel;
  /** How lines look; asked for each line. */
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

/** What a line says. */
export interface LogRecord {
  /** When, in wall-clock ms since 1970. */
  readonly time: number;
  /** How important it is. */
  readonly level: LogLevel;
  /** What there is to say. */
  readonly message: string;
  /** The session that it is about; absent if it is about none or several. */
  readonly session?: string;
}

/** What syslog, and so the journal, calls the levels (RFC 5424, section 6.2.1). */
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
