/**
 * The real world, and the end of the process as far as it can be prepared.
 *
 * @module
 */
import type { Terminal, World } from "../world.ts";
import { clock } from "./clock.ts";
import { connections } from "./connections.ts";
import { datagrams } from "./datagrams.ts";
import { descriptors } from "./descriptors.ts";
import { environment } from "./environment.ts";
import { createFiles } from "./files.ts";
import { interfaces } from "./interfaces.ts";
import { isJournal } from "./journal.ts";
import { logFilesAtNeed, routesAtNeed } from "./at_need.ts";
import { createNames } from "./names.ts";
import { createProcesses } from "./processes.ts";
import { createNotifications } from "./notifications.ts";
import { createScreens } from "./screens.ts";
import { createSignals } from "./signals.ts";
import { readLines } from "./stdin.ts";
import { createWriter } from "./writer.ts";

/** How long unread output may hold up the end, in ms: after a signal, and for a program that is in a hurry; and a service manager that does not listen. */
const waitsMs = { signal: 50, hurry: 1_000, manager: 50 };

/** The machine that lifesign runs on. */
export interface Host {
  /** What the program sees of it. */
  readonly world: World;
  /**
   * Resolves to the program's code, or to 1 as soon as the program or anything
   * else throws what nobody catches; its stack has then been written to stderr.
   */
  codeOf<Code>(program: Promise<Code>): Promise<Code | 1>;
  /**
   * Makes everything ready for the process to end with this code: what was
   * written is written, no command runs any more, and with 130 the process dies
   * of SIGINT, right here.
   */
  end(code: number): Promise<void>;
}

/** Takes the machine over: from now on nothing that is thrown ends the process by itself. */
export function createHost(): Host {
  const errors = createWriter(Deno.stderr);
  const out = createWriter(
    Deno.stdout,
    (reason) => errors.write(`lifesign: Cannot write to stdout: ${reason}\n`),
  );
  const signals = createSignals();
  outliveFileLimit();
  const files = createFiles();
  const processes = createProcesses();
  const notifications = createNotifications();
  const logFiles = logFilesAtNeed();
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
    get isTerminal() {
      return Deno.stdout.isTerminal();
    },
    get hasColours() {
      return Deno.stdout.isTerminal() && !Deno.noColor;
    },
    get isJournal() {
      return isJournal();
    },
    get isInteractive() {
      return Deno.stdin.isTerminal();
    },
    readLines,
  };
  const world: World = {
    clock,
    datagrams,
    names: createNames(),
    interfaces,
    routes: routesAtNeed(),
    connections,
    files,
    logFiles,
    descriptors,
    terminal,
    signals,
    notifications,
    environment,
    pid: Deno.pid,
    get executable() {
      return Deno.execPath();
    },
    processes,
    revokeRun() {
      Deno.permissions.revokeSync({ name: "run" });
    },
    random: Math.random,
  };
  let told = Promise.resolve();
  const crash = (error: unknown): 1 => {
    const tell = () => errors.write(`lifesign: Crashed: ${describe(error)}\n`);
    // What is written to a screen is gone with it.
    if (screens.close()) told = out.flush().then(tell);
    else tell();
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
      const ended = processes.close();
      screens.close();
      const written = Promise.all([out.flush(), logFiles.flush(), told])
        .then(errors.flush);
      const notified = Promise.race([
        notifications.flush(),
        delay(waitsMs.manager),
      ]);
      await Promise.race([
        written,
        signals.received.then(() => delay(waitsMs.signal)),
        hurry.promise.then(() => delay(waitsMs.hurry)),
      ]);
      await notified;
      notifications.close();
      files.close();
      await ended;
      if (code === 130) await signals.dieOf("SIGINT");
    },
  };
}

/** Makes a write beyond `ulimit -f` fail (EFBIG): nobody listening, it would end the process. */
function outliveFileLimit(): void {
  Deno.addSignalListener("SIGXFSZ", () => {});
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
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
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
