/**
 * Observers of `run`: each turns what happens into lines, files or commands. None
 * can delay another one, or a heartbeat.
 *
 * @module
 */
import type { Mistake } from "../../errors.ts";
import type { ExitCode } from "../../exit_code.ts";
import type { Instant } from "../../instant.ts";
import type { OpenSession } from "../sessions.ts";
import type { Report } from "../../finding.ts";

/** When a session reports. */
export interface ReportTimes {
  /** The time of the report. */
  readonly at: Instant;
  /** When its next cycle starts, in monotonic ms; `null` if none will. */
  readonly next: number | null;
}

/** Observes `run`. Its methods must not throw or reject. */
export interface Observer {
  /** Gets ready before anything is sent; resolves to mistakes, which end the program. */
  prepare?(sessions: readonly OpenSession[]): Promise<readonly Mistake[]>;
  /** These sessions are about to be kept alive, for the first time. */
  onStart?(sessions: readonly OpenSession[]): void;
  /** The settings are about to be read again; `onReload` or `onReloadFailed` follows. */
  onReloading?(): void;
  /** The settings are wrong; the old ones stay in force. */
  onReloadFailed?(): void;
  /** The settings were read again; from now on these sessions are kept alive. */
  onReload?(sessions: readonly OpenSession[]): void;
  /** A session reports. */
  onReport?(session: OpenSession, report: Report, times: ReportTimes): void;
  /** The program ends with this code, once this resolves or soon after. */
  onStop?(code: ExitCode): void | Promise<void>;
}
