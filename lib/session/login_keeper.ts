/**
 * Keeps a session logged in: hears its reports, and runs its logins when they
 * are due.
 *
 * @module
 */
import type { LoginReport, Report } from "../finding.ts";
import { Machine, type Moment, type Time } from "../machine.ts";
import type { Verdict } from "../verdict.ts";
import type { World } from "../world.ts";
import {
  advanceLogin,
  loginDeadline,
  type LoginEffect,
  type LoginEvent,
  type LoginExit,
  type LoginRequest,
  type LoginState,
  noLogins,
} from "./login.ts";

/** Runs a session's login, and calls back once it has ended. */
export type LogIn = (
  request: LoginRequest,
  callback: (exit: LoginExit) => void,
) => void;

/** What keeps a session logged in. */
export interface LoginKeeperOptions {
  /** The outside. */
  readonly world: Pick<World, "clock" | "random">;
  /** How many logins in a row may fail at present; `null` for any number. */
  readonly tries: () => number | null;
  /** Logs in. */
  readonly logIn: LogIn;
  /** Asks at once whether a login has helped. */
  readonly ask: () => void;
  /** Ends the session as dead. */
  readonly giveUp: () => void;
  /** Receives reports. */
  readonly onReport: (report: LoginReport) => void;
}

/** Keeps a session logged in, whatever becomes of its settings. */
export interface LoginKeeper {
  /** Hears what the session reports. */
  hear(report: Report): void;
  /** The session logs in by another command from now on. */
  replace(): void;
  /** The session begins anew, or is gone. */
  reset(): void;
  /** Starts no login any more. */
  stop(): void;
}

/** Makes the keeper of a session that has never logged in. */
export function createLoginKeeper(options: LoginKeeperOptions): LoginKeeper {
  return new Keeper(options);
}

class Keeper extends Machine<
  LoginState,
  LoginEvent,
  LoginEffect,
  LoginKeeperOptions["world"]
> implements LoginKeeper {
  constructor(private readonly options: LoginKeeperOptions) {
    super(options.world, noLogins);
  }

  hear(report: Report): void {
    const event = eventOf(report);
    if (event !== null) this.dispatch(event);
  }

  replace(): void {
    this.dispatch({ type: "replaced" });
  }

  reset(): void {
    this.dispatch({ type: "reset" });
  }

  stop(): void {
    this.halt();
  }

  protected get deadline(): number {
    return loginDeadline(this.state);
  }

  protected advance(event: LoginEvent | Time, { now }: Moment) {
    return advanceLogin(this.state, event, {
      now,
      tries: this.options.tries(),
    });
  }

  protected apply(effect: LoginEffect): void {
    const { options } = this;
    switch (effect.type) {
      case "start":
        return options.logIn(
          effect.request,
          (exit) => this.dispatch({ type: "exit", exit }),
        );
      case "ask":
        return options.ask();
      case "give-up":
        return options.giveUp();
      case "report":
        return options.onReport(effect.report);
    }
  }
}

/** What a session's report means for its logins; `null` for nothing. */
function eventOf(report: Report): LoginEvent | null {
  switch (report.type) {
    case "cycle":
      return ofVerdict(report.result.verdict);
    case "late":
      return ofVerdict(report.verdict);
    case "unnamed":
      return { type: "needed", reason: "start" };
    case "ended":
      return { type: "reset" };
    default:
      return null;
  }
}

/** A fault says nothing about the session. */
function ofVerdict(verdict: Verdict): LoginEvent | null {
  switch (verdict) {
    case "alive":
      return { type: "alive" };
    case "dead":
      return { type: "needed", reason: "dead" };
    default:
      return null;
  }
}
