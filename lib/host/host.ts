/**
 * The real world, and the end of the process as far as it can be prepared.
 *
 * @module
 */
import type { Signal, Terminal, World } from "../world.ts";
import { clock } from "./clock.ts";
import { datagrams } from "./datagrams.ts";
import { descriptors } from "./descriptors.ts";
import { takeEnvironment } from "./environment.ts";
import { createFiles } from "./files.ts";
import { interfaces } from "./interfaces.ts";
import { isJournal } from "./journal.ts";
import {
  buildAtNeed,
  logFilesAtNeed,
  routesAtNeed,
  streamsAtNeed,
} from "./at_need.ts";
import { delay } from "./delay.ts";
import { createNames } from "./names.ts";
import { createProcesses, type HostProcesses } from "./processes.ts";
import {
  createNotifications,
  type HostNotifications,
} from "./notifications.ts";
import { limitFiles, revokeRun } from "./rights.ts";
import { createScreens } from "./screens.ts";
import { createSignals } from "./signals.ts";
import { readLines } from "./stdin.ts";
import { createWriter } from "./writer.ts";

/** How long the end waits, in ms: for output after a signal or `hurry()`, and for the service manager. */
const waitsMs = { signal: 500, hurry: 1_000, manager: 50 };

/** The machine that lifesign runs on. */
export interface Host {
  /** What the program sees of it. */
  readonly world: World;
  /** Resolves to the program's code, or to 1 at the first uncaught error, whose stack goes to stderr. */
  codeOf<Code>(program: Promise<Code>): Promise<Code | 1>;
  /**
   * Prepares the end of the process with a code: output is written, commands are
   * ended. With 130 it ends the process by SIGINT itself.
   */
  end(code: number): Promise<void>;
}

/** What a program that is more than a test needs of its host from the start. */
export interface HostOptions {
  /** The signals that wait until somebody listens for them; none if absent. */
  readonly held?: readonly Signal[];
  /** The names of the environment variables that it reads; none if absent. */
  readonly variables?: readonly string[];
}

/** Makes the host of this process, which loses the right to read its environment. From now on uncaught errors do not end the process. */
export function createHost(
  { held = [], variables = [] }: HostOptions = {},
): Host {
  const environment = takeEnvironment(variables);
  const errors = createWriter(Deno.stderr);
  const out = createWriter(
    Deno.stdout,
    (reason) => errors.write(`lifesign: Cannot write to stdout: ${reason}\n`),
  );
  const signals = createSignals(held);
  // A write beyond `ulimit -f` fails with EFBIG; without a listener it would end the process.
  Deno.addSignalListener("SIGXFSZ", () => {});
  const files = createFiles();
  // Most commands run nothing and notify nobody.
  let processes: HostProcesses | null = null;
  let notifications: HostNotifications | null = null;
  const logFiles = logFilesAtNeed();
  const { streams, listeners, flush: flushStreams } = streamsAtNeed();
  const screens = createScreens(out);
  const hurry = Promise.withResolvers<void>();
  const terminal: Terminal = {
    hurry: hurry.resolve,
    write: out.write,
    writeError: errors.write,
    async isWhole() {
      await out.flush();
      return !out.hasLost;
    },
    openScreen: screens.open,
    isTerminal: Deno.stdout.isTerminal(),
    get isErrorTerminal() {
      return Deno.stderr.isTerminal();
    },
    hasColours: Deno.stdout.isTerminal() && !Deno.noColor,
    isInteractive: Deno.stdin.isTerminal(),
    get isJournal() {
      return isJournal(environment);
    },
    readLines,
  };
  const world: World = {
    clock,
    datagrams,
    names: createNames(),
    interfaces,
    routes: routesAtNeed(),
    streams,
    listeners,
    files,
    logFiles,
    descriptors,
    terminal,
    signals,
    notifications: {
      open: (...to) => (notifications ??= createNotifications()).open(...to),
    },
    environment,
    pid: Deno.pid,
    build: buildAtNeed,
    get executable() {
      return Deno.execPath();
    },
    processes: {
      start: (...command) =>
        (processes ??= createProcesses()).start(...command),
    },
    revokeRun,
    limitFiles,
    random: Math.random,
  };
  let crashReported = Promise.resolve();
  const crash = (error: unknown): 1 => {
    const report = () =>
      errors.write(`lifesign: Crashed: ${describe(error)}\n`);
    // Text on a screen would disappear with it.
    if (screens.close()) crashReported = out.flush().then(report);
    else report();
    return 1;
  };
  const crashed = new Promise<1>((resolve) =>
    onCrash((error) => resolve(crash(error)))
  );
  return {
    world,
    // A rejection that reached main.ts would end the process with 0.
    codeOf: (program) => Promise.race([program.catch(crash), crashed]),
    async end(code) {
      const ended = processes?.close();
      screens.close();
      const written = Promise.all([
        out.flush(),
        logFiles.flush(),
        flushStreams(),
        crashReported,
      ])
        .then(errors.flush);
      const notified = Promise.race([
        notifications?.flush(),
        delay(waitsMs.manager),
      ]);
      await Promise.race([
        written,
        signals.received.then(() => delay(waitsMs.signal)),
        hurry.promise.then(() => delay(waitsMs.hurry)),
      ]);
      await notified;
      notifications?.close();
      files.close();
      await ended;
      if (code === 130) await signals.dieOf("SIGINT");
    },
  };
}

function onCrash(callback: (error: unknown) => void): void {
  addEventListener("error", (event) => {
    event.preventDefault();
    callback(event.error);
  });
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    callback(event.reason);
  });
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { name, message, stack = "" } = error;
  // Not every engine's stack begins with what has happened.
  return stack.includes(message) ? stack : `${name}: ${message}\n${stack}`;
}
