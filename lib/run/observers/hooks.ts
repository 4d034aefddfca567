/**
 * What `run` tells other programs: a shell command for each transition, and
 * one that logs in again once a session is dead.
 *
 * @module
 */
import type { LogIn } from "../../session/agent.ts";
import {
  endTurn,
  freeTurns,
  hookEnvironment,
  hookOf,
  type Transition,
  type Turns,
  wantTurn,
} from "./hook_turns.ts";
import { prepareLimit } from "../../session/session_state.ts";
import { formatAddress, formatDuration } from "../../parsers.ts";
import { show } from "../../config/quote.ts";
import { keyOf, type SessionSettings } from "../../config/settings.ts";
import type { Log } from "../../log.ts";
import type { Report } from "../../finding.ts";
import { type Instant, instantOf, wallTimeOf } from "../../instant.ts";
import { classOf } from "../../verdict.ts";
import {
  type CommandEnd,
  type CommandOptions,
  isFault,
  type RunningCommand,
  type World,
} from "../../world.ts";
import type { LogOutputOptions } from "../log_output.ts";
import { identityFileOf, type OpenSession } from "../sessions.ts";
import type { Observer } from "./observer.ts";

/** What hooks work with. */
export interface HooksOptions {
  /** The outside. */
  readonly world: Pick<World, "clock" | "processes" | "terminal">;
  /** Receives what fails. */
  readonly log: Log;
  /** Receives what hooks print; returns `false` if it should go to stderr after all. Absent without a screen. */
  readonly takeLine?: LogOutputOptions["takeLine"];
  /** Is called whenever no hook runs any more, and none waits for its turn. */
  readonly onIdle: () => void;
}

/** The hooks of all sessions. */
export interface Hooks extends Observer {
  /** Runs a session's `on_dead`, and reads the UID again if that ends with 0. */
  readonly logIn: (session: OpenSession) => LogIn;
  /** Whether no hook runs and none waits for its turn. */
  readonly isIdle: boolean;
}

/** A hook to run. */
interface Hook {
  readonly transition: Transition;
  /** Called once it has ended; not if it never came to its turn. */
  readonly onEnd: (succeeded: boolean) => void;
}

/** What is known of a session's hooks. */
interface Hooked {
  turns: Turns<Hook>;
  /** The last transition; `null` once somebody was asked to log in because of it. */
  last: Transition | null;
  /** Whether somebody was asked to log in since the last cycle. */
  isAsked: boolean;
}

const settingOf = {
  dead: "onDead",
  fault: "onFault",
  alive: "onAlive",
} as const;

/** Makes hooks. Each runs with the settings of the moment when its turn comes. */
export function createHooks(options: HooksOptions): Hooks {
  const runner = new HookRunner(options);
  return {
    onStart: (sessions) => runner.keep(sessions),
    onReload: (sessions) => runner.keep(sessions),
    onReport: ({ name }, report, { at }) => runner.take(name, report, at),
    onStop: () => runner.stop(),
    logIn: (session) => (dead, callback) =>
      runner.logIn(session, dead, callback),
    get isIdle() {
      return runner.isIdle;
    },
  };
}

class HookRunner {
  private readonly hooked = new Map<string, Hooked>();
  private readonly timers = new Set<() => void>();
  private readonly commands = new Set<RunningCommand>();
  private readonly starts: (() => void)[] = [];
  // Most sessions have no hooks, and there may be thousands.
  private sessions: ReadonlyMap<string, OpenSession> = new Map();
  private isOver = false;

  constructor(private readonly options: HooksOptions) {}

  get isIdle(): boolean {
    return this.hooked.values().every(({ turns }) => !turns.isTaken);
  }

  keep(list: readonly OpenSession[]): void {
    const some = list.filter(hasHook);
    this.sessions = new Map(some.map((session) => [session.name, session]));
  }

  take(name: string, report: Report, at: Instant): void {
    if (!this.hooked.has(name) && !this.sessions.has(name)) return;
    const known = this.of(name);
    switch (report.type) {
      case "cycle":
        known.isAsked = false;
        return;
      case "transition": {
        const transition = { from: report.from, to: report.to, at };
        known.last = transition;
        const event = hookOf(transition);
        const isWanted = event !== null && event !== "dead";
        // on_dead waits until somebody is to log in.
        const hook = { transition, onEnd() {} };
        return this.want(name, isWanted ? hook : null);
      }
      case "ended":
        if (report.verdict !== "dead" || known.isAsked) return;
        if (!this.sessions.get(name)?.onDead) return;
        return this.options.log.warn(
          `${name}: on_dead does not run, it is too soon after the last login`,
        );
    }
  }

  logIn(
    session: OpenSession,
    dead: string,
    callback: (identity: string | null) => void,
  ): void {
    const { name } = session;
    const known = this.of(name);
    known.isAsked = true;
    if (!this.sessions.get(name)?.onDead) return callback(null);
    const transition = known.last ??
      { from: "dead", to: "dead", at: this.now() };
    known.last = null;
    this.want(name, {
      transition,
      onEnd: (succeeded) =>
        succeeded ? this.readAgain(session, dead, callback) : callback(null),
    });
  }

  stop(): void {
    this.isOver = true;
    for (const cancel of this.timers) cancel();
    for (const command of this.commands) command.kill();
  }

  private now(): Instant {
    return instantOf(this.options.world.clock);
  }

  private of(name: string): Hooked {
    const known = this.hooked.get(name) ??
      { turns: freeTurns, last: null, isAsked: false };
    this.hooked.set(name, known);
    return known;
  }

  /** Calls back after a time in ms, unless all is over by then; returns what cancels that. */
  private after(ms: number, callback: () => void): () => void {
    const { clock } = this.options.world;
    const cancel = clock.setTimer(clock.now() + ms, () => {
      this.timers.delete(cancel);
      callback();
    });
    this.timers.add(cancel);
    return () => {
      this.timers.delete(cancel);
      cancel();
    };
  }

  private want(name: string, hook: Hook | null): void {
    const known = this.of(name);
    const [turns, begins] = wantTurn(known.turns, hook);
    known.turns = turns;
    if (begins !== null) this.begin(name, begins);
  }

  private begin(name: string, hook: Hook): void {
    const session = this.sessions.get(name);
    const setting = settingOf[classOf(hook.transition.to)];
    const command = session?.[setting] ?? null;
    if (session === undefined || command === null) return this.end(name, hook);
    this.starts.push(() => this.start(session, hook, setting, command));
    if (this.starts.length === 1) this.startNext();
  }

  private end(name: string, { onEnd }: Hook, succeeded = false): void {
    const known = this.of(name);
    const [turns, begins] = endTurn(known.turns);
    known.turns = turns;
    if (begins !== null) this.begin(name, begins);
    onEnd(succeeded);
    if (this.isIdle) this.options.onIdle();
  }

  /** Starts one command a turn, so that heartbeats run between many of them. */
  private startNext(): void {
    this.after(0, () => {
      this.starts[0]?.();
      this.starts.shift();
      if (this.starts.length > 0) this.startNext();
    });
  }

  private start(
    session: OpenSession,
    hook: Hook,
    setting: keyof SessionSettings,
    command: string,
  ): void {
    const { world, log } = this.options;
    const { name, hookTimeout } = session;
    const title = `${name}: ${keyOf(setting)}`;
    log.debug(`${title} runs`);
    let isLate = false;
    const running = world.processes.start(command, {
      environment: hookEnvironment(hook.transition, {
        name,
        gateway: formatAddress(session.gateway),
        since: wallTimeOf(hook.transition.at, this.now()),
      }),
      ...this.outputOf(title),
      onEnd: (how) => {
        if (this.isOver) return;
        const succeeded = "code" in how && how.code === 0 && !isLate;
        const what = isLate
          ? `was ended after ${formatDuration(hookTimeout)}`
          : describe(how);
        log[succeeded ? "debug" : "warn"](`${title} ${what}`);
        this.end(name, hook, succeeded);
      },
    });
    if (isFault(running)) {
      log.warn(`${title} cannot be run: ${running.message}`);
      return this.end(name, hook);
    }
    this.commands.add(running);
    // What it leaves running may take no longer, either.
    this.after(hookTimeout, () => {
      isLate = true;
      this.commands.delete(running);
      running.kill();
    });
  }

  /** Where what a hook prints goes to, unless that is stderr. */
  private outputOf(title: string): Pick<CommandOptions, "onOutput"> {
    const { world: { terminal }, takeLine } = this.options;
    if (takeLine === undefined) return {};
    return {
      onOutput(line) {
        if (takeLine("info", `${title}: ${line}`)) return;
        terminal.writeError(`${line}\n`);
      },
    };
  }

  /** Finds out whether anybody has logged in. */
  private readAgain(
    session: OpenSession,
    dead: string,
    callback: (identity: string | null) => void,
  ): void {
    const { log } = this.options;
    const { name, protocol, readIdentity } = session;
    // A portal knows who is logged in: the session goes on as it is.
    if (protocol.identity === null) return callback(dead);
    const { noun } = protocol.identity;
    const file = show(identityFileOf(session) ?? "");
    if (readIdentity === null) {
      log.info(
        `${name}: no file is read for a new ${noun} after a login`,
      );
      return callback(null);
    }
    let isAnswered = false;
    const answer = (identity: string | null) => {
      if (isAnswered || this.isOver) return;
      isAnswered = true;
      cancel();
      if (identity === dead) {
        log.warn(
          `${name}: ${file} still holds the ${noun} of the dead session`,
        );
      } else if (identity !== null) {
        log.info(`${name}: ${file} holds another ${noun} now`);
      }
      callback(identity);
    };
    const cancel = this.after(prepareLimit, () => {
      log.warn(`${name}: reading ${file} takes too long`);
      answer(null);
    });
    readIdentity(answer);
  }
}

function hasHook(session: OpenSession): boolean {
  return Object.values(settingOf).some((hook) => session[hook] !== null);
}

function describe(how: CommandEnd): string {
  return "code" in how
    ? `ended with status ${how.code}`
    : `was ended by ${how.signal}`;
}
