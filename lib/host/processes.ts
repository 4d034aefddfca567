/**
 * Shell commands that run beside this process.
 *
 * @module
 */
import type { CommandOptions, Processes, RunningCommand } from "../world.ts";
import { codeOf, faultOf } from "./os_error.ts";

/** How long what is asked to end may take for that, in ms: while this process goes on, and at its own end. */
const waitsMs = { usual: 1_000, last: 30 };

/** How often a group whose leader has ended is looked at, in ms. Long before its number is used anew, nobody may think that it is still the same. */
const watchInterval = 1_000;

/** Lines that are told of what was printed since the last time, and how long each may be, in characters. */
const [mostLines, longestLine] = [8, 1_000];

/** How often what a command prints is read, in ms. */
const readInterval = 20;

/** Takes the UID away, which {@linkcode Deno.Command} can't without taking everything, and keeps stdout for results. */
const wrapper =
  'unset LIFESIGN_UID NOTIFY_SOCKET WATCHDOG_PID WATCHDOG_USEC; exec /bin/sh -c "$1" >&2';

/** Commands, and what is left to be done at the end. */
export interface HostProcesses extends Processes {
  /** Ends every command and what it left running; resolves when all of it is gone, or got SIGKILL. */
  close(): Promise<void>;
}

/** Makes what starts commands. */
export function createProcesses(): HostProcesses {
  const groups = new Set<Group>();

  function start(command: string, options: CommandOptions): RunningCommand {
    const { environment, onEnd, onOutput } = options;
    const child = new Deno.Command("/bin/sh", {
      args: ["-c", wrapper, "lifesign", command],
      env: { ...environment },
      stdin: "null",
      stdout: "null",
      stderr: onOutput ? "piped" : "inherit",
      detached: true,
    }).spawn();
    if (onOutput) tellLines(child.stderr, onOutput);
    const group = createGroup(child.pid, () => groups.delete(group));
    groups.add(group);
    child.status.then(({ code, signal }) => {
      group.watch();
      onEnd(signal === null ? { code } : { signal });
    });
    return group;
  }

  return {
    start(command, options) {
      try {
        return start(command, options);
      } catch (error) {
        return faultOf(error, "other");
      }
    },
    async close() {
      for (const group of groups) group.kill();
      const last = performance.now() + waitsMs.last;
      while (performance.now() < last && [...groups].some(isThere)) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      for (const group of groups) {
        group.signal("SIGKILL");
        group.forget();
      }
    },
  };
}

/** Tells what comes line by line; however much it is, it can't hold up anything else. */
async function tellLines(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!.slice(0, longestLine);
    for (const line of lines.slice(-mostLines)) {
      onLine(line.slice(0, longestLine));
    }
    await new Promise((resolve) => setTimeout(resolve, readInterval));
  }
  if (rest !== "") onLine(rest);
}

/** A process group. */
interface Group extends RunningCommand {
  /** Whether a process of it is left, even if only because nobody has asked how it ended. */
  readonly isThere: boolean;
  /** From now on it is forgotten as soon as it is empty. */
  watch(): void;
  /** Sends it a signal, if it is still there. */
  signal(name: Deno.Signal): void;
  /** Lets it be whatever it is. */
  forget(): void;
}

function isThere(group: Group): boolean {
  return group.isThere;
}

function createGroup(leader: number, onForget: () => void): Group {
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let isForgotten = false;
  let isKilled = false;

  function after(ms: number, callback: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      callback();
    }, ms);
    timers.add(timer);
  }

  function isThere(): boolean {
    return !isForgotten && sent(leader, 0);
  }

  const group: Group = {
    get isThere() {
      return isThere();
    },
    watch() {
      if (!isThere()) return group.forget();
      after(watchInterval, group.watch);
    },
    signal(name) {
      if (!isForgotten) sent(leader, name);
    },
    kill() {
      if (isKilled || isForgotten) return;
      isKilled = true;
      group.signal("SIGTERM");
      after(waitsMs.usual, () => group.signal("SIGKILL"));
    },
    forget() {
      isForgotten = true;
      for (const timer of timers) clearTimeout(timer);
      onForget();
    },
  };
  return group;
}

/** Sends a signal, 0 for none, to a whole group; returns whether there was anybody to get it. */
function sent(leader: number, signal: Deno.Signal | 0): boolean {
  try {
    // `Deno.kill` can't ask without a signal, and to import node:process would
    // cost every command 4 million instructions.
    // deno-lint-ignore no-process-global
    return process.kill(-leader, signal);
  } catch (error) {
    return codeOf(error) !== "ESRCH";
  }
}
