/**
 * Other programs, and signals.
 *
 * @module
 */
import { DescriptorStream } from "./byte_stream.ts";
import { errors } from "./errors.ts";
import { native, type StreamKind } from "./native.ts";
import type {
  ChildProcess,
  CommandOptions,
  CommandOutput,
  CommandStatus,
  Signal,
} from "./offered.ts";

const nameOfNumber = new Map(
  Object.entries(native.signals).map(([name, number]) =>
    [number, name as Signal] as const
  ),
);

const children = new Map<number, (status: CommandStatus) => void>();

/** The supervisors of detached programs, by the program's id, which is its group's, too. */
const supervisors = new Map<number, number>();

/** The child that has this id has ended. */
export function onEnd(pid: number, code: number, number: number): void {
  const signal = nameOfNumber.get(number) ?? null;
  children.get(pid)?.({ success: code === 0, code, signal });
  children.delete(pid);
}

const listeners = new Map<Signal, Set<() => void>>();

/** A signal has come. */
export function onSignal(number: number): void {
  const name = nameOfNumber.get(number);
  if (name === undefined) return;
  for (const listener of [...listeners.get(name) ?? []]) listener();
}

/** Calls back at each signal. */
export function addSignalListener(name: Signal, listener: () => void): void {
  const all = listeners.get(name) ?? new Set();
  listeners.set(name, all);
  all.add(listener);
  native.listenToSignal(native.signals[name], true);
}

/** Calls back no more; without a listener the signal does what it does by default. */
export function removeSignalListener(name: Signal, listener: () => void): void {
  const all = listeners.get(name);
  if (!all?.delete(listener) || all.size > 0) return;
  // The loop itself has to hear of children.
  native.listenToSignal(native.signals[name], name === "SIGCHLD");
}

/** What a supervisor is sent for a signal to its program's group: it finds what has left that, too. */
const requests = new Map([
  [0, 0],
  [native.signals.SIGTERM, native.signals.SIGTERM],
  [native.signals.SIGKILL, native.signals.SIGQUIT],
]);

/** Sends a signal by its name or number. */
export function kill(pid: number, signal: string | number = "SIGTERM"): void {
  const number = typeof signal === "number"
    ? signal
    : native.signals[signal as Signal];
  const supervisor = supervisors.get(-pid);
  const request = requests.get(number);
  if (supervisor === undefined || request === undefined) {
    native.kill(pid, number);
  } else native.kill(supervisor, request);
}

let mayRun = true;

/** Refuses to start programs from now on. */
export function forbidCommands(): void {
  mayRun = false;
}

const kinds: Readonly<Record<string, StreamKind>> = {
  null: 0,
  inherit: 1,
  piped: 2,
};

/** A program to start. */
export class Command {
  /** Says what to start, and how. */
  constructor(
    private readonly file: string,
    private readonly options: CommandOptions = {},
  ) {}

  /** Starts it. */
  spawn(): ChildProcess {
    if (!mayRun) {
      throw new errors.NotCapable(`Requires run access to "${this.file}"`);
    }
    return new Child(this.file, this.options);
  }

  /** Starts it, and waits for its end. */
  async output(): Promise<CommandOutput> {
    const stdin = this.options.stdin ?? "null";
    const { stdout = "piped", stderr = "piped" } = this.options;
    const options = { ...this.options, stdin, stdout, stderr };
    return await new Command(this.file, options).spawn().output();
  }
}

class Child implements ChildProcess {
  readonly pid: number;
  readonly status: Promise<CommandStatus>;
  private readonly streams: readonly (DescriptorStream | null)[];

  constructor(file: string, options: CommandOptions) {
    const { args = [], env = {}, clearEnv = false, detached = false } = options;
    const { stdin = "inherit", stdout = "inherit", stderr = "inherit" } =
      options;
    const variables = variablesWith(env, clearEnv);
    const [pid, , stdoutFd, stderrFd, child] = spawnAt(
      placesOf(file, variables),
      [file, ...args],
      variables,
      { kinds: [kinds[stdin]!, kinds[stdout]!, kinds[stderr]!], detached },
    );
    this.pid = pid;
    if (detached) supervisors.set(pid, child);
    this.status = new Promise((resolve) => {
      children.set(child, (status) => {
        supervisors.delete(pid);
        resolve(status);
      });
    });
    this.streams = [stdoutFd, stderrFd].map((fd) =>
      fd < 0 ? null : new DescriptorStream(fd)
    );
  }

  get stdout(): DescriptorStream {
    return this.stream(0);
  }

  get stderr(): DescriptorStream {
    return this.stream(1);
  }

  async output(): Promise<CommandOutput> {
    const [stdout, stderr] = await Promise.all(
      this.streams.map((stream) => stream?.all() ?? new Uint8Array()),
    );
    return { ...await this.status, stdout: stdout!, stderr: stderr! };
  }

  kill(signal: Signal = "SIGTERM"): void {
    kill(this.pid, signal);
  }

  private stream(at: number): DescriptorStream {
    const stream = this.streams[at];
    if (stream) return stream;
    throw new TypeError("Cannot get the stream: it is not piped");
  }
}

function variablesWith(
  env: Readonly<Record<string, string>>,
  clearEnv: boolean,
): string[] {
  const own = clearEnv ? [] : native.variables();
  const kept = own.filter((it) =>
    !Object.hasOwn(env, it.slice(0, it.indexOf("=")))
  );
  return [...kept, ...Object.entries(env).map((it) => it.join("="))];
}

/** Where a program may be: a name without a slash is looked up on its own PATH. */
function placesOf(file: string, variables: readonly string[]): string[] {
  if (file.includes("/")) return [file];
  const path = variables.findLast((it) => it.startsWith("PATH="))?.slice(5) ??
    "";
  return path.split(":").map((folder) => `${folder || "."}/${file}`);
}

/** Starts the first of the programs that is there. */
function spawnAt(
  places: readonly string[],
  [, ...args]: readonly string[],
  variables: string[],
  { kinds, detached }: {
    readonly kinds: readonly [StreamKind, StreamKind, StreamKind];
    readonly detached: boolean;
  },
): ReturnType<typeof native.spawn> {
  let refusal: unknown;
  for (const place of places) {
    try {
      return native.spawn([place, ...args], variables, kinds, detached);
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (code === "EACCES") refusal ??= error;
      else if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
    }
  }
  const message = "No such file or directory (os error 2)";
  throw refusal ??
    Object.assign(new errors.NotFound(message), { code: "ENOENT" });
}
