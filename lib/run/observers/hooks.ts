/**
 * What `run` tells other programs: a shell command for each transition, for
 * faults that last and for each cycle, and one that logs in.
 *
 * @module
 */
import {
  endTurn,
  faultDue,
  freeTurns,
  hookEnvironment,
  hookOf,
  type LastingFault,
  loginEnvironment,
  type Transition,
  type Turns,
  wantTurn,
} from "./hook_turns.ts";
import { formatAddress, formatDuration } from "../../parsers.ts";
import { keyOf } from "../../config/settings.ts";
import type { Log } from "../../log.ts";
import type { Report } from "../../finding.ts";
import { type Instant, instantOf, wallTimeOf } from "../../instant.ts";
import type { LoginExit, LoginRequest } from "../../session/login.ts";
import type { LogIn } from "../../session/login_keeper.ts";
import { classOf, type Verdict } from "../../verdict.ts";
import {
  type CommandOptions,
  isFault,
  type RunningCommand,
  type World,
} from "../../world.ts";
import type { LogOutputOptions } from "../log_output.ts";
import type { OpenSession } from "../sessions.ts";
import type { Observer } from "./observer.ts";

/** What hooks work with. */
export interface HooksOptions {
  /** The outside. */
  readonly world: Pick<World, "clock" | "processes" | "terminal">;
  /** Receives what fails. */
  readonly log: Log;
  /** Receives what hooks print; returns `false` if it should go to stderr after all. Absent without a screen. */
  readonly takeLine?: LogOutputOptions["takeLine"];
  /** Is called whenever no hook runs any more, and none waits for its turn. Logins don't count. */
  readonly onIdle: () => void;
}

/** The hooks of all sessions. */
export interface Hooks extends Observer {
  /** Runs a session's `login`. */
  readonly logIn: (session: OpenSession) => LogIn;
  /** Whether no hook runs and none waits for its turn. Logins don't count. */
  readonly isIdle: boolean;
}

const settingOf = {
  dead: "onDead",
  fault: "onFault",
  alive: "onAlive",
  cycle: "onCycle",
} as const;

/** The settings that have a command. */
const commandSettings = [...Object.values(settingOf), "login"] as const;

/** A command to run. */
interface Hook {
  /** The session's name. */
  readonly name: string;
  /** Which one it is. */
  readonly setting: typeof commandSettings[number];
  /** What it is told, at the time when it starts. */
  readonly environment: (session: OpenSession) => Record<string, string>;
  /** Called once it has ended. */
  readonly onEnd: (exit: LoginExit) => void;
}

/** Makes hooks. Each runs with the settings of the moment when its turn comes. */
export function createHooks(options: HooksOptions): Hooks {
  const runner = new HookRunner(options);
  return {
    onStart: (sessions) => runner.keep(sessions),
    onReload: (sessions) => runner.keep(sessions),
    onReport: ({ name }, report, { at }) => runner.take(name, report, at),
    onStop: () => runner.stop(),
    logIn: ({ name }) => (request, callback) =>
      runner.logIn(name, request, callback),
    get isIdle() {
      return runner.isIdle;
    },
  };
}

/** Something that runs one command at a time: the transitions of a session, or its cycles. */
type Lane = `${string} ${"transitions" | "cycles"}`;

/** The fault of a session, and what cancels the timer for its hook. */
interface KnownFault extends LastingFault {
  readonly cancel: () => void;
}

class HookRunner {
  /** Whose turn it is. */
  private readonly turns = new Map<Lane, Turns<Hook>>();
  /** By session. */
  private readonly faults = new Map<string, KnownFault>();
  /** The last verdict of sessions with a hook for cycles. */
  private readonly verdicts = new Map<string, Verdict>();
  private readonly timers = new Set<() => void>();
  private readonly commands = new Set<RunningCommand>();
  private readonly starts: (() => void)[] = [];
  // Most sessions have no hooks, and there may be thousands.
  private sessions: ReadonlyMap<string, OpenSession> = new Map();
  private isOver = false;

  constructor(private readonly options: HooksOptions) {}

  get isIdle(): boolean {
    return this.turns.values().every(({ isTaken }) => !isTaken);
  }

  keep(list: readonly OpenSession[]): void {
    const some = list.filter(hasHook);
    this.sessions = new Map(some.map((session) => [session.name, session]));
    for (const [name, fault] of [...this.faults]) this.watch(name, fault);
  }

  take(name: string, report: Report, at: Instant): void {
    if (!this.sessions.has(name)) return;
    switch (report.type) {
      case "cycle":
        return this.takeCycle(name, report.result.verdict, at);
      case "transition":
        return this.takeTransition(name, {
          from: report.from,
          to: report.to,
          at,
        });
      case "ended":
        return this.forgetFault(name);
    }
  }

  private takeCycle(name: string, to: Verdict, at: Instant): void {
    const fault = this.faults.get(name);
    if (fault !== undefined && classOf(to) === "fault") {
      const transition = { ...fault.transition, to };
      this.faults.set(name, { ...fault, transition });
    }
    if (!this.sessions.get(name)?.onCycle) return;
    const from = this.verdicts.get(name) ?? "none";
    this.verdicts.set(name, to);
    const hook = this.hookFor(name, "cycle", { from, to, at });
    this.want(`${name} cycles`, hook);
  }

  private takeTransition(name: string, transition: Transition): void {
    this.forgetFault(name);
    const event = hookOf(transition);
    const isPutOff = event === "fault" &&
      (this.sessions.get(name)?.onFaultAfter ?? 0) > 0;
    const hook = event === null || isPutOff
      ? null
      : this.hookFor(name, event, transition);
    this.want(`${name} transitions`, hook);
    if (event !== "fault") return;
    const since = this.options.world.clock.now();
    const lastTold = isPutOff ? null : since;
    this.watch(name, { transition, since, lastTold });
  }

  /** Waits until the hook of a fault is wanted. */
  private watch(name: string, fault: LastingFault): void {
    this.forgetFault(name);
    const session = this.sessions.get(name);
    if (session === undefined) return;
    const { clock } = this.options.world;
    const due = faultDue(fault, session);
    const cancel = due === Infinity
      ? () => {}
      : this.after(due - clock.now(), () => {
        const { transition, since } = this.faults.get(name)!;
        const hook = this.hookFor(name, "fault", transition);
        this.want(`${name} transitions`, hook);
        // What would have been due before that is not made up for.
        this.watch(name, { transition, since, lastTold: clock.now() });
      });
    this.faults.set(name, { ...fault, cancel });
  }

  private forgetFault(name: string): void {
    this.faults.get(name)?.cancel();
    this.faults.delete(name);
  }

  logIn(
    name: string,
    request: LoginRequest,
    callback: (exit: LoginExit) => void,
  ): void {
    this.begin({
      name,
      setting: "login",
      environment: ({ gateway }) =>
        loginEnvironment(request, { name, gateway: formatAddress(gateway) }),
      onEnd: callback,
    });
  }

  stop(): void {
    this.isOver = true;
    for (const cancel of this.timers) cancel();
    for (const command of this.commands) command.kill();
  }

  private hookFor(
    name: string,
    event: keyof typeof settingOf,
    transition: Transition,
  ): Omit<Hook, "onEnd"> {
    return {
      name,
      setting: settingOf[event],
      environment: ({ gateway }) =>
        hookEnvironment(event, transition, {
          name,
          gateway: formatAddress(gateway),
          since: wallTimeOf(
            transition.at,
            instantOf(this.options.world.clock),
          ),
        }),
    };
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

  private want(lane: Lane, hook: Omit<Hook, "onEnd"> | null): void {
    const own = hook && { ...hook, onEnd: () => this.endTurn(lane) };
    const before = this.turns.get(lane) ?? freeTurns;
    const [turns, begins] = wantTurn<Hook>(before, own);
    this.turns.set(lane, turns);
    if (begins !== null) this.begin(begins);
  }

  private endTurn(lane: Lane): void {
    const [turns, begins] = endTurn(this.turns.get(lane) ?? freeTurns);
    this.turns.set(lane, turns);
    if (begins !== null) this.begin(begins);
    if (this.isIdle) this.options.onIdle();
  }

  private begin(hook: Hook): void {
    const session = this.sessions.get(hook.name);
    const command = session?.[hook.setting] ?? null;
    if (session === undefined || command === null) return hook.onEnd("none");
    this.starts.push(() => this.start(session, hook, command));
    if (this.starts.length === 1) this.startNext();
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
    { setting, environment, onEnd }: Hook,
    command: string,
  ): void {
    const { world, log } = this.options;
    const { name, hookTimeout } = session;
    const title = `${name}: ${keyOf(setting)}`;
    log.debug(`${title} runs`);
    let isLate = false;
    const running = world.processes.start(command, {
      environment: environment(session),
      ...this.outputOf(title),
      onEnd: (how) => {
        if (this.isOver) return;
        const exit = isLate ? "timeout" : "code" in how ? how.code : how.signal;
        log[exit === 0 ? "debug" : "warn"](
          `${title} ${describe(exit, hookTimeout)}`,
        );
        onEnd(exit);
      },
    });
    if (isFault(running)) {
      log.warn(`${title} cannot be run: ${running.message}`);
      return onEnd("error");
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
}

function hasHook(session: OpenSession): boolean {
  return commandSettings.some((hook) => session[hook] !== null);
}

function describe(exit: LoginExit, hookTimeout: number): string {
  if (typeof exit === "number") return `ended with status ${exit}`;
  return exit === "timeout"
    ? `was ended after ${formatDuration(hookTimeout)}`
    : `was ended by ${exit}`;
}
