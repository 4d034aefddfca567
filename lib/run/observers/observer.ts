/**
 * What `run` tells to whoever wants to know: each observer makes something of
 * it, a line, a file or a command, and none can hold up another or a heartbeat.
 *
 * @module
 */
import type { Mistake } from "../../errors.ts";
import type { ExitCode } from "../../exit_code.ts";
import type { OpenSession } from "../sessions.ts";
import type { Report } from "../../finding.ts";

/** Somebody who is told what `run` goes through. Nothing of it may throw or reject. */
export interface Observer {
  /** Makes ready, before anything is said or sent; resolves to what is wrong, which ends the program. */
  prepare?(sessions: readonly OpenSession[]): Promise<readonly Mistake[]>;
  /** These sessions are about to be kept alive, for the first time. */
  onStart?(sessions: readonly OpenSession[]): void;
  /** The settings are about to be read again; `onReload` or `onReloadFailed` follows. */
  onReloading?(): void;
  /** The settings are wrong; the old ones stay in force. */
  onReloadFailed?(): void;
  /** The settings were read again; from now on these sessions are kept alive. */
  onReload?(sessions: readonly OpenSession[]): void;
  /** Something happened to a session, whose next cycle starts then, in monotonic ms; `null` if none will. */
  onReport?(session: OpenSession, report: Report, next: number | null): void;
  /** It is over: the program ends with this code, a moment later at the latest if that takes time. */
  onStop?(code: ExitCode): void | Promise<void>;
}
