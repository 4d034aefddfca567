/**
 * The log: lines for people, on stderr. The only importer of @std/log, which
 * left the standard library in 2025.
 *
 * @module
 */
import { BaseHandler } from "@std/log/base-handler";
import type { LevelName } from "@std/log/levels";
import { Logger } from "@std/log/logger";

/** How important a line is, the least important first. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Where lines are logged to. */
export interface Log {
  /** What is of interest only when something is to be found out. */
  debug(message: string): void;
  /** What is news. */
  info(message: string): void;
  /** What may need somebody. */
  warn(message: string): void;
  /** What does need somebody. */
  error(message: string): void;
}

/** What a log works with. */
export interface LogOptions {
  /** What is less important than this is not written; asked for each line. */
  readonly level: () => LogLevel;
  /** Wall-clock time in ms since 1970. */
  readonly wallTime: () => number;
  /** Writes a line, line feed included; must not throw. */
  readonly write: (line: string) => void;
}

/** Makes a log whose lines read `2026-11-21T05:30:00Z info dorm: alive`. */
export function createLog({ level, wallTime, write }: LogOptions): Log {
  const handler = new WriteHandler("DEBUG", {
    formatter: ({ levelName, msg }) =>
      `${formatTime(wallTime())} ${levelName.toLowerCase()} ${msg}\n`,
  });
  handler.log = write;
  const logger = new Logger("lifesign", "DEBUG", { handlers: [handler] });
  const log = (name: LogLevel) => (message: string) => {
    logger.levelName = level().toUpperCase() as LevelName;
    logger[name](message);
  };
  return {
    debug: log("debug"),
    info: log("info"),
    warn: log("warn"),
    error: log("error"),
  };
}

/** Writes a wall-clock time in ms as RFC 3339, in UTC, to the second. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+/, "");
}

class WriteHandler extends BaseHandler {
  override log(_line: string): void {}
}
