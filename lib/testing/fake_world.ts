/**
 * A world in virtual time that remembers what it was told.
 *
 * @module
 */
import { LifesignError } from "../errors.ts";
import { type Random, seededRandom } from "../random.ts";
import {
  type Clock,
  type Endpoint,
  type Fault,
  type FileContent,
  type Files,
  type InterfaceAddress,
  isFault,
  lockedCode,
  type LogFileOptions,
  type LogFiles,
  type LogLimits,
  type Notifications,
  type ScreenOptions,
  type ScreenSize,
  type Signal,
  type Signals,
  type Terminal,
  type World,
} from "../world.ts";
import {
  createFakeNetwork,
  type FakeNetwork,
  type FakeNetworkOptions,
} from "./fake_network.ts";
import {
  createFakeProcesses,
  type FakeProcesses,
  type FakeProcessesOptions,
} from "./fake_processes.ts";
import {
  createFakeRoutes,
  type FakeRoutes,
  type FakeRoutesOptions,
} from "./fake_routes.ts";
import { createVirtualClock, type VirtualClock } from "./virtual_clock.ts";

/** A file; what is left out is as it should be. */
export type FakeFile = Partial<FileContent> & {
  /** Its content, instead of `bytes`. */
  readonly text?: string;
};

/** What a fake world holds; all of it may change while the world goes on. */
export interface FakeWorldOptions {
  /** What the wall clock shows at the start, in ms since 1970; absent for the usual time. */
  readonly wallTime?: number;
  /** Tells the boot from others; `null` where nobody knows, absent for the same in each world. */
  readonly bootId?: string | null;
  /** What the network answers; nothing if absent. */
  readonly respond?: FakeNetworkOptions["respond"];
  /** Environment variables; `null` for one of lifesign's own that is no UTF-8. */
  readonly environment?: Readonly<Record<string, string | null>>;
  /** Files by their path, `-` for stdin; what a text leaves out is as it should be. */
  readonly files?: Readonly<Record<string, FakeFile | Fault>>;
  /** What the resolver answers after 1 ms by name, `null` for nothing at all; other names are unknown to it. */
  readonly names?: Readonly<Record<string, readonly string[] | Fault | null>>;
  /** Why files can't be written, by their path; others can. `null` for a disk that never answers. */
  readonly unwritable?: Readonly<Record<string, Fault | null>>;
  /** The addresses of this machine; none if absent. */
  readonly interfaces?: readonly InterfaceAddress[] | Fault;
  /** What the kernel says of routes; packets leave by the interface that has their address if absent. */
  readonly routes?: FakeRoutesOptions;
  /** What becomes of a TCP connection, and after how many ms; nothing comes back if absent. */
  readonly connect?: (
    to: Endpoint,
  ) => { readonly answer: Endpoint | Fault; readonly after: number } | null;
  /** Whether stdout has no room; it has if absent. */
  readonly isFull?: boolean;
  /** Whether stderr is the journal; not if absent. */
  readonly isJournal?: boolean;
  /** The size of the terminal that stdout is; it is none if absent. */
  readonly screen?: ScreenSize;
  /** Whether stdin is a terminal; as stdout is, if absent. */
  readonly isInteractive?: boolean;
  /** What becomes of shell commands; they end well after 1 ms if absent. */
  readonly commands?: FakeProcessesOptions["run"];
  /** Why no service manager can be told anything; it can if absent. */
  readonly notifyFault?: Fault;
  /** How many descriptors are free; more than enough if absent. */
  readonly freeDescriptors?: number;
  /** The path of the executable; `/usr/local/bin/lifesign` if absent. */
  readonly executable?: string;
}

/** A service manager that remembers what it was told. */
export interface FakeNotifications extends Notifications {
  /** Its socket and the folder of the one that is sent from, space between, once for each time it was opened. */
  readonly opened: readonly string[];
  /** All messages. */
  readonly sent: readonly string[];
  /** Tells the program that a message could not be delivered. */
  fail(fault: Fault): void;
}

/** A terminal that remembers. */
export interface FakeTerminal extends Terminal {
  /** All that was written to stdout. */
  readonly output: string;
  /** All that was written to stderr. */
  readonly errors: string;
  /** Types a line into stdin. */
  type(line: string): void;
  /** What is on the screen; `null` while nobody draws. */
  readonly screen: readonly string[] | null;
  /** How often something was shown on it. */
  readonly drawings: number;
  /** Presses a key. */
  press(key: string): void;
  /** Gives it another size. */
  resize(size: ScreenSize): void;
}

/** Signals that a test raises. */
export interface FakeSignals extends Signals {
  /** Delivers a signal; returns whether anybody listened. */
  raise(signal: Signal): boolean;
}

/** A file as it was written. */
export interface Replacement {
  /** When, in monotonic ms. */
  readonly at: number;
  /** Where. */
  readonly path: string;
  /** All of it. */
  readonly text: string;
  /** Its permission bits. */
  readonly mode: number;
}

/** Files that remember. */
export interface FakeFiles extends Files {
  /** What was written, in this order; what was refused is not in it. */
  readonly replacements: readonly Replacement[];
  /** The paths of files that are locked; a test may lock some itself. */
  readonly locked: Set<string>;
}

/** A log file that remembers. */
export interface FakeLogFile {
  /** What it was opened with. */
  readonly options: LogFileOptions;
  /** All that was written to it. */
  text: string;
  /** The limits that it was opened anew with, each time. */
  readonly reopened: LogLimits[];
  /** Whether it is open. */
  isOpen: boolean;
}

/** Log files that a test can look at. */
export interface FakeLogFiles extends LogFiles {
  /** Those that were opened, by path; what a world's `files` have a fault for can't be. */
  readonly opened: ReadonlyMap<string, FakeLogFile>;
}

/** A world for tests. Its user has the id 1000, its wall clock begins on 2026-11-21 at 05:30:00 UTC. */
export interface FakeWorld extends World {
  /** Passes only when a test says so. */
  readonly clock: VirtualClock;
  /** Answers by a script. */
  readonly datagrams: FakeNetwork;
  /** Remember. */
  readonly routes: FakeRoutes;
  /** Remember. */
  readonly files: FakeFiles;
  /** Remembers. */
  readonly terminal: FakeTerminal;
  /** Are raised by a test. */
  readonly signals: FakeSignals;
  /** Whether processes may still be started. */
  readonly mayStartProcesses: boolean;
  /** Remembers. */
  readonly notifications: FakeNotifications;
  /** Remember. */
  readonly processes: FakeProcesses;
  /** Has what was logged to files. */
  readonly logFiles: FakeLogFiles;
  /** The same numbers in each world. */
  readonly random: Random;
}

const user = 1000;

/** Makes a world. */
export function createFakeWorld(options: FakeWorldOptions = {}): FakeWorld {
  const { respond = () => [], environment = {}, files, names } = options;
  const { commands: run = () => ({ after: 1 }) } = options;
  const { wallTime = Date.UTC(2026, 10, 21, 5, 30), bootId } = options;
  const clock = createVirtualClock(wallTime, bootId);
  const random = seededRandom(1);
  let mayStartProcesses = true;
  const addresses = () => options.interfaces ?? [];
  return {
    clock,
    random,
    datagrams: createFakeNetwork({ clock, random, respond }),
    names: {
      lookUp(name, callback) {
        const answer = names?.[name] === undefined
          ? { code: "ENOTFOUND", message: `cannot look up ${name}` }
          : names[name];
        if (answer === null) return;
        clock.setTimer(clock.now() + 1, () => callback(answer));
      },
    },
    interfaces: { addresses },
    routes: createFakeRoutes(options.routes ?? {}, { clock, addresses }),
    connections: {
      attempt(to, callback) {
        const outcome = options.connect?.(to) ?? null;
        if (outcome === null) return;
        const { answer, after } = outcome;
        clock.setTimer(clock.now() + after, () => callback(answer));
      },
    },
    files: createFiles(files ?? {}, options.unwritable ?? {}, clock),
    logFiles: createLogFiles(files ?? {}),
    descriptors: {
      free: (most) => Math.min(most, options.freeDescriptors ?? Infinity),
    },
    terminal: createTerminal(options),
    signals: createSignals(),
    notifications: createNotifications(options.notifyFault),
    executable: options.executable ?? "/usr/local/bin/lifesign",
    get mayStartProcesses() {
      return mayStartProcesses;
    },
    processes: createFakeProcesses({ clock, run }),
    environment: {
      get(name) {
        const value = environment[name];
        if (value !== null) return value;
        const message = `${name}: Cannot read the variable: expected UTF-8`;
        throw new LifesignError([{ kind: "config", message }]);
      },
    },
    pid: 4711,
    revokeRun() {
      mayStartProcesses = false;
    },
  };
}

/** Lets everything happen that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await null;
}

/** Lets time pass until monotonic `time` in ms, and everything happen on the way. */
export async function elapse(clock: VirtualClock, time: number): Promise<void> {
  for (;;) {
    await settle();
    if (clock.now() >= time) return;
    clock.runUntil(Math.min(clock.next, time));
  }
}

/** Lets time pass until something has ended, and resolves to its result. Rejects if that takes more than a day. */
export async function toEnd<T>(
  clock: VirtualClock,
  running: Promise<T>,
): Promise<T> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  running.then(end, end);
  const last = clock.now() + 86_400_000;
  for (;;) {
    await settle();
    if (ended) return await running;
    if (clock.next > last) throw new Error("It does not end within a day");
    clock.runUntil(clock.next);
  }
}

function createFiles(
  files: Readonly<Record<string, FakeFile | Fault>>,
  unwritable: Readonly<Record<string, Fault | null>>,
  clock: Clock,
): FakeFiles {
  const missing = { code: "ENOENT", message: "there is no such file" };
  const encoder = new TextEncoder();
  const sound = { isRegular: true, owner: user, mode: 0o600 };
  const replacements: Replacement[] = [];
  const locked = new Set<string>();

  function contentOf(path: string): FileContent | Fault {
    const written = replacements.findLast((file) => file.path === path);
    const file = written ?? files[path] ?? missing;
    if ("code" in file) return file;
    const { text = "", ...rest } = file;
    return { bytes: encoder.encode(text), ...sound, ...rest };
  }

  return {
    user,
    replacements,
    locked,
    read: (path) => Promise.resolve(contentOf(path)),
    replace(path, text, { mode }) {
      const fault = unwritable[path];
      if (fault === null) return new Promise(() => {});
      if (fault !== undefined) return Promise.resolve(fault);
      const whole = [...text].join("");
      replacements.push({ at: clock.now(), path, text: whole, mode });
      return Promise.resolve(null);
    },
    lock(path) {
      const found = contentOf(path);
      if (isFault(found) && found !== missing) return Promise.resolve(found);
      if (locked.has(path)) {
        const message = "another process holds the lock, process 4711";
        return Promise.resolve({ code: lockedCode, message });
      }
      locked.add(path);
      const content = isFault(found)
        ? { bytes: new Uint8Array(), ...sound }
        : found;
      return Promise.resolve({
        ...content,
        overwrite(text: string) {
          replacements.push({ at: clock.now(), path, text, mode: 0o600 });
          return null;
        },
        release: () => void locked.delete(path),
      });
    },
  };
}

function createLogFiles(
  files: Readonly<Record<string, FakeFile | Fault>>,
): FakeLogFiles {
  const opened = new Map<string, FakeLogFile>();
  return {
    opened,
    open(path, options) {
      const found = files[path];
      if (found !== undefined && "code" in found) return Promise.resolve(found);
      const file: FakeLogFile = {
        options,
        text: opened.get(path)?.text ?? "",
        reopened: [],
        isOpen: true,
      };
      opened.set(path, file);
      return Promise.resolve({
        write(line) {
          if (file.isOpen) file.text += line;
        },
        reopen: (limits) => void file.reopened.push(limits),
        close() {
          file.isOpen = false;
        },
      });
    },
  };
}

function createTerminal(
  {
    isFull = false,
    isJournal = false,
    screen,
    isInteractive = screen !== undefined,
  }: Pick<
    FakeWorldOptions,
    "isFull" | "isInteractive" | "isJournal" | "screen"
  >,
): FakeTerminal {
  let size = screen ?? { columns: 0, rows: 0 };
  let shown: readonly string[] | null = null;
  let drawings = 0;
  let told: ScreenOptions | null = null;
  const readers: ((line: string) => void)[] = [];
  let output = "";
  let errors = "";
  return {
    isTerminal: screen !== undefined,
    hasColours: false,
    openScreen(options) {
      told = options;
      shown = [];
      return {
        get size() {
          return size;
        },
        show(lines) {
          shown = lines;
          drawings++;
        },
        close() {
          told = null;
          shown = null;
        },
      };
    },
    get screen() {
      return shown;
    },
    get drawings() {
      return drawings;
    },
    press: (key) => told?.onKey(key),
    resize(next) {
      size = next;
      told?.onChange();
    },
    isJournal,
    hurry() {},
    isInteractive,
    write(text) {
      if (!isFull) output += text;
    },
    isWhole: () => Promise.resolve(!isFull),
    writeError(text) {
      errors += text;
    },
    readLines(callback) {
      readers.push(callback);
    },
    get output() {
      return output;
    },
    get errors() {
      return errors;
    },
    type(line) {
      for (const reader of readers) reader(line);
    },
  };
}

function createNotifications(fault: Fault | undefined): FakeNotifications {
  const opened: string[] = [];
  const sent: string[] = [];
  let tell = (_fault: Fault): void => {};
  return {
    opened,
    sent,
    open(to, folder, onFault) {
      if (fault !== undefined) return fault;
      opened.push(`${to} ${folder}`);
      tell = onFault;
      return { send: (message) => void sent.push(message) };
    },
    fail: (fault) => tell(fault),
  };
}

function createSignals(): FakeSignals {
  const listeners: { signal: Signal; callback: () => void }[] = [];
  return {
    listen(signal, callback) {
      listeners.push({ signal, callback });
    },
    raise(signal) {
      const called = listeners.filter((listener) => listener.signal === signal);
      for (const { callback } of called) callback();
      return called.length > 0;
    },
  };
}
