/**
 * Shell commands that run beside this process.
 *
 * @module
 */
import type { CommandOptions, Processes, RunningCommand } from "../world.ts";
import { delay } from "./delay.ts";
import { codeOf, faultOf } from "./os_error.ts";

/** How long commands get between SIGTERM and SIGKILL, in ms: while this process goes on, and when it ends. */
const graceMs = { usual: 1_000, last: 30 };

/**
 * How often a group is looked at whose leader has ended, in ms. It is forgotten
 * long before the system gives its number to other processes.
 */
const watchMs = 1_000;

/** How many lines are passed on from one read, and how long each may be, in characters. */
const [maxLines, maxLineLength] = [8, 1_000];

/** The pause between two reads of what a command prints, in ms. */
const readMs = 20;

/** Removes single variables, which {@linkcode Deno.Command} can't, and keeps stdout for results. */
const wrapper =
  'unset LIFESIGN_UID NOTIFY_SOCKET WATCHDOG_PID WATCHDOG_USEC; exec /bin/sh -c "$1" >&2';

/** Commands, and how to end them all. */
export interface HostProcesses extends Processes {
  /** Ends every command and what it left running. Resolves when all of it has ended or got SIGKILL. */
  close(): Promise<void>;
}

/** Makes the commands of this process. */
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
    // Where no more can be read, the command still goes on.
    if (onOutput) passOnLines(child.stderr, onOutput).catch(() => {});
    const group = new Group(child.pid, () => groups.delete(group));
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
      const last = performance.now() + graceMs.last;
      const isAnyThere = () => [...groups].some(({ isThere }) => isThere);
      while (performance.now() < last && isAnyThere()) await delay(5);
      for (const group of groups) {
        group.signal("SIGKILL");
        group.forget();
      }
    },
  };
}

/** Passes lines on; a command that prints a lot holds up nothing else. */
async function passOnLines(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  let unfinished = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (unfinished + text).split("\n");
    unfinished = lines.pop()!.slice(0, maxLineLength);
    for (const line of lines.slice(-maxLines)) {
      onLine(line.slice(0, maxLineLength));
    }
    await delay(readMs);
  }
  if (unfinished !== "") onLine(unfinished);
}

class Group implements RunningCommand {
  private readonly timers = new Set<ReturnType<typeof setTimeout>>();
  private isForgotten = false;
  private isKilled = false;

  constructor(
    private readonly leader: number,
    private readonly onForget: () => void,
  ) {}

  /** Whether a process of it is left; one that has ended counts until its parent has asked for its status. */
  get isThere(): boolean {
    return !this.isForgotten && sent(this.leader, 0);
  }

  /** Forgets it as soon as it is empty. */
  watch(): void {
    if (!this.isThere) return this.forget();
    this.after(watchMs, () => this.watch());
  }

  signal(name: Deno.Signal): void {
    if (!this.isForgotten) sent(this.leader, name);
  }

  kill(): void {
    if (this.isKilled || this.isForgotten) return;
    this.isKilled = true;
    this.signal("SIGTERM");
    this.after(graceMs.usual, () => this.signal("SIGKILL"));
  }

  forget(): void {
    this.isForgotten = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.onForget();
  }

  private after(ms: number, callback: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      callback();
    }, ms);
    this.timers.add(timer);
  }
}

/** Sends a signal, 0 for none, to a group. Returns whether a process got it. */
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
