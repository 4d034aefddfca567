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
import { keyOf } from "../../config/settings.ts";
import type { Log } from "../../log.ts";
import { instantOf, wallTimeOf } from "../../instant.ts";
import { classOf } from "../../verdict.ts";
import {
  type CommandEnd,
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
  /** Is told of what fails. */
  readonly log: Log;
  /** A screen, which takes what hooks print unless it returns `false`; absent if that goes to stderr. */
  readonly takeLine?: LogOutputOptions["take"];
  /** Called each time when the last hook has ended, and none waits for its turn. */
  readonly onIdle: () => void;
}

/** The hooks of all sessions. */
export interface Hooks extends Observer {
  /** Runs a session's `on_dead`, and reads the UID again if that ends with 0. */
  readonly logIn: (session: OpenSession) => LogIn;
  /** Whether no hook runs and none waits for its turn. */
  readonly isIdle: boolean;
}

/** A hook that is to run. */
interface Hook {
  readonly transition: Transition;
  /** Called once it has ended; not if it never came to its turn. */
  readonly onEnd: (succeeded: boolean) => void;
}

/** A hook whose turn has come. */
interface Start {
  readonly session: OpenSession;
  readonly hook: Hook;
  /** What it is called in the log. */
  readonly title: string;
  readonly command: string;
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

/** Makes hooks. They run as the settings were when their turn came. */
export function createHooks(
  { world, log, onIdle, takeLine }: HooksOptions,
): Hooks {
  const { clock, processes, terminal } = world;
  const hooked = new Map<string, Hooked>();
  const timers = new Set<() => void>();
  const commands = new Set<RunningCommand>();
  const starts: (() => void)[] = [];
  // Most sessions have no hooks, and there may be thousands.
  let sessions: ReadonlyMap<string, OpenSession> = new Map();
  let isOver = false;

  function keep(list: readonly OpenSession[]): void {
    const some = list.filter(hasHook);
    sessions = new Map(some.map((session) => [session.name, session]));
  }

  function of(name: string): Hooked {
    const known = hooked.get(name) ??
      { turns: freeTurns, last: null, isAsked: false };
    hooked.set(name, known);
    return known;
  }

  /** Calls back at a time, unless all is over by then; returns what cancels that. */
  function setTimer(at: number, callback: () => void): () => void {
    const cancel = clock.setTimer(at, () => {
      timers.delete(cancel);
      callback();
    });
    timers.add(cancel);
    return () => {
      timers.delete(cancel);
      cancel();
    };
  }

  function want(name: string, hook: Hook | null): void {
    const known = of(name);
    const [turns, begins] = wantTurn(known.turns, hook);
    known.turns = turns;
    if (begins !== null) begin(name, begins);
  }

  function isIdle(): boolean {
    return hooked.values().every(({ turns }) => !turns.isTaken);
  }

  function begin(name: string, hook: Hook): void {
    const session = sessions.get(name);
    const setting = settingOf[classOf(hook.transition.to)];
    const command = session?.[setting] ?? null;
    if (session === undefined || command === null) return end(name, hook);
    const title = `${name}: ${keyOf(setting)}`;
    starts.push(() => start({ session, hook, title, command }));
    if (starts.length === 1) startNext();
  }

  function end(name: string, { onEnd }: Hook, succeeded = false): void {
    const known = of(name);
    const [turns, begins] = endTurn(known.turns);
    known.turns = turns;
    if (begins !== null) begin(name, begins);
    onEnd(succeeded);
    if (isIdle()) onIdle();
  }

  /** Starting a command takes a moment: where many are to be started, heartbeats get through in between. */
  function startNext(): void {
    setTimer(clock.now(), () => {
      starts[0]?.();
      starts.shift();
      if (starts.length > 0) startNext();
    });
  }

  function start({ session, hook, title, command }: Start): void {
    const { name, hookTimeout } = session;
    const gateway = formatAddress(session.gateway);
    log.debug(`${title} runs`);
    let isLate = false;
    const onOutput = takeLine && ((line: string) => {
      if (takeLine("info", `${title}: ${line}`)) return;
      terminal.writeError(`${line}\n`);
    });
    const running = processes.start(command, {
      environment: hookEnvironment(hook.transition, {
        name,
        gateway,
        since: wallTimeOf(hook.transition.at, instantOf(clock)),
      }),
      ...onOutput && { onOutput },
      onEnd(how) {
        if (isOver) return;
        const succeeded = "code" in how && how.code === 0 && !isLate;
        const what = isLate
          ? `was ended after ${formatDuration(hookTimeout)}`
          : describe(how);
        log[succeeded ? "debug" : "warn"](`${title} ${what}`);
        end(name, hook, succeeded);
      },
    });
    if (isFault(running)) {
      log.warn(`${title} can't be run: ${running.message}`);
      return end(name, hook);
    }
    commands.add(running);
    // What it leaves running may take no longer, either.
    setTimer(clock.now() + hookTimeout, () => {
      isLate = true;
      commands.delete(running);
      running.kill();
    });
  }

  /** Finds out whether anybody has logged in. */
  function readAgain(
    { name, uidFile, readUid }: OpenSession,
    dead: bigint,
    callback: (uid: bigint | null) => void,
  ): void {
    const file = show(uidFile ?? "");
    if (readUid === null) {
      log.info(`${name}: no file could tell another UID after a login`);
      return callback(null);
    }
    let isAnswered = false;
    const answer = (uid: bigint | null) => {
      if (isAnswered || isOver) return;
      isAnswered = true;
      cancel();
      if (uid === dead) {
        log.warn(`${name}: ${file} still holds the UID of the dead session`);
      } else if (uid !== null) {
        log.info(`${name}: ${file} holds another UID now`);
      }
      callback(uid);
    };
    const cancel = setTimer(clock.now() + prepareLimit, () => {
      log.warn(`${name}: reading ${file} takes too long`);
      answer(null);
    });
    readUid(answer);
  }

  return {
    onStart: keep,
    onReload: keep,
    onReport({ name }, report) {
      if (!hooked.has(name) && !sessions.has(name)) return;
      const known = of(name);
      switch (report.type) {
        case "cycle":
          known.isAsked = false;
          return;
        case "transition": {
          const { from, to } = report;
          const transition = { from, to, at: instantOf(clock) };
          known.last = transition;
          const event = hookOf(transition);
          const isWanted = event !== null && event !== "dead";
          // on_dead waits until somebody is to log in.
          return want(name, isWanted ? { transition, onEnd() {} } : null);
        }
        case "ended":
          if (report.verdict !== "dead" || known.isAsked) return;
          if (!sessions.get(name)?.onDead) return;
          return log.warn(
            `${name}: on_dead does not run, it is too soon after the last login`,
          );
      }
    },
    onStop() {
      isOver = true;
      for (const cancel of timers) cancel();
      for (const command of commands) command.kill();
    },
    logIn: (session) => (dead, callback) => {
      const { name } = session;
      const known = of(name);
      known.isAsked = true;
      if ((sessions.get(name)?.onDead ?? null) === null) return callback(null);
      const transition = known.last ??
        { from: "dead", to: "dead", at: instantOf(clock) };
      known.last = null;
      want(name, {
        transition,
        onEnd: (succeeded) =>
          succeeded ? readAgain(session, dead, callback) : callback(null),
      });
    },
    get isIdle() {
      return isIdle();
    },
  };
}

function hasHook(session: OpenSession): boolean {
  return Object.values(settingOf).some((hook) => session[hook] !== null);
}

function describe(how: CommandEnd): string {
  return "code" in how
    ? `ended with status ${how.code}`
    : `was ended by ${how.signal}`;
}
