/**
 * A world in virtual time that records what is done in it.
 *
 * @module
 */
import { LifesignError } from "../errors.ts";
import { type Random, seededRandom } from "../random.ts";
import {
  type Clock,
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
import { createFakeListeners, type FakeListeners } from "./fake_listeners.ts";
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
import {
  createFakeStreams,
  type FakeStreams,
  type FakeStreamsOptions,
} from "./fake_streams.ts";
import { createVirtualClock, type VirtualClock } from "./virtual_clock.ts";

/** A file. What is absent is as it should be: regular, of the user, with the mode 0600. */
export type FakeFile = Partial<FileContent> & {
  /** Its content as text, instead of `bytes`. */
  readonly text?: string;
};

/** What a fake world is like. A test may change it at any time. */
export interface FakeWorldOptions {
  /** The wall-clock time at the start, in ms since 1970; the usual time if absent. */
  readonly wallTime?: number;
  /** The id of the boot; `null` if it is unknown, the same in each world if absent. */
  readonly bootId?: string | null;
  /** The answers of the network; none if absent. */
  readonly respond?: FakeNetworkOptions["respond"];
  /** Environment variables; `null` for one of lifesign's own that is no UTF-8. */
  readonly environment?: Readonly<Record<string, string | null>>;
  /** Files by their path, `-` for stdin. */
  readonly files?: Readonly<Record<string, FakeFile | Fault>>;
  /** The answers of the resolver by name, after 1 ms; `null` for none ever. It knows no other names. */
  readonly names?: Readonly<Record<string, readonly string[] | Fault | null>>;
  /** Why files can't be written, by their path; `null` for a disk that never answers. */
  readonly unwritable?: Readonly<Record<string, Fault | null>>;
  /** The addresses of this machine; none if absent. */
  readonly interfaces?: readonly InterfaceAddress[] | Fault;
  /** The answers of the kernel about routes; if absent, packets leave by the interface that has their address. */
  readonly routes?: FakeRoutesOptions;
  /** What becomes of a connection; if absent it reaches the world's own listeners, and hangs where there are none. */
  readonly serve?: FakeStreamsOptions["serve"];
  /** Whether stdout has no room; it has if absent. */
  readonly isFull?: boolean;
  /** Whether stderr is the journal; it is not if absent. */
  readonly isJournal?: boolean;
  /** The size of the terminal; stdout is no terminal if absent. */
  readonly screen?: ScreenSize;
  /** Whether stderr is a file although stdout is a terminal; not if absent. */
  readonly areErrorsKept?: boolean;
  /** Whether stdin is a terminal; the same as stdout if absent. */
  readonly isInteractive?: boolean;
  /** What shell commands do; if absent, they end with 0 after 1 ms. */
  readonly commands?: FakeProcessesOptions["run"];
  /** Why the service manager can't be reached; it can if absent. */
  readonly notifyFault?: Fault;
  /** How many descriptors are free; any number if absent. */
  readonly freeDescriptors?: number;
  /** The path of the executable; `/usr/local/bin/lifesign` if absent. */
  readonly executable?: string;
}

/** A service manager that records its messages. */
export interface FakeNotifications extends Notifications {
  /** The socket and the folder of each `open()`, with a space between them. */
  readonly opened: readonly string[];
  /** All messages. */
  readonly sent: readonly string[];
  /** Reports that a message could not be delivered. */
  fail(fault: Fault): void;
}

/** A terminal that records. */
export interface FakeTerminal extends Terminal {
  /** The text that was written to stdout. */
  output: string;
  /** The text that was written to stderr. */
  errors: string;
  /** Types a line into stdin. */
  type(line: string): void;
  /** The lines on the screen; `null` while nobody draws. */
  screen: readonly string[] | null;
  /** How often lines were shown on it. */
  drawings: number;
  /** Presses a key. */
  press(key: string): void;
  /** Changes its size. */
  resize(size: ScreenSize): void;
}

/** Signals that a test raises. */
export interface FakeSignals extends Signals {
  /** Delivers a signal. Returns whether anybody listened. */
  raise(signal: Signal): boolean;
}

/** A file as it was written. */
export interface Replacement {
  /** When, in monotonic ms. */
  readonly at: number;
  /** Its path. */
  readonly path: string;
  /** Its whole text. */
  readonly text: string;
  /** Its permission bits. */
  readonly mode: number;
}

/** Files that record what is written. */
export interface FakeFiles extends Files {
  /** What was written, the oldest first, without what was refused. */
  readonly replacements: readonly Replacement[];
  /** The paths of files that are locked; a test may lock some itself. */
  readonly locked: Set<string>;
}

/** A log file that records. */
export interface FakeLogFile {
  /** The options it was opened with. */
  readonly options: LogFileOptions;
  /** The text that was written to it. */
  text: string;
  /** The limits of each `reopen()`. */
  readonly reopened: LogLimits[];
  /** Whether it is open. */
  isOpen: boolean;
}

/** Log files that record. */
export interface FakeLogFiles extends LogFiles {
  /** The files that were opened, by path. A path with a fault in the world's `files` can't be opened. */
  readonly opened: ReadonlyMap<string, FakeLogFile>;
}

/** A world for tests. Its user has the id 1000, its wall clock begins on 2026-11-21 at 05:30:00 UTC. */
export interface FakeWorld extends World {
  /** Time that a test lets pass. */
  readonly clock: VirtualClock;
  /** UDP that a script answers. */
  readonly datagrams: FakeNetwork;
  /** Connections that a script serves. */
  readonly streams: FakeStreams;
  /** Listeners that its own connections reach. */
  readonly listeners: FakeListeners;
  /** Routes that record the questions. */
  readonly routes: FakeRoutes;
  /** Files that record what is written. */
  readonly files: FakeFiles;
  /** A terminal that records what is written. */
  readonly terminal: FakeTerminal;
  /** Signals that a test raises. */
  readonly signals: FakeSignals;
  /** Whether processes may still be started. */
  mayStartProcesses: boolean;
  /** Whether the kernel keeps that; it does unless a test says otherwise. */
  keepsRights: boolean;
  /** Where files may still be written; absent for anywhere. */
  writableFolders?: readonly string[];
  /** A service manager that records its messages. */
  readonly notifications: FakeNotifications;
  /** Commands that do what a test says. */
  readonly processes: FakeProcesses;
  /** Log files that record their lines. */
  readonly logFiles: FakeLogFiles;
  /** The same numbers in each world. */
  readonly random: Random;
}

const user = 1000;

/** Makes a world. */
export function createFakeWorld(options: FakeWorldOptions = {}): FakeWorld {
  const { respond = () => [], environment = {}, files = {}, names } = options;
  const { commands: run = () => ({ after: 1 }) } = options;
  const { wallTime = Date.UTC(2026, 10, 21, 5, 30), bootId } = options;
  const clock = createVirtualClock(wallTime, bootId);
  const random = seededRandom(1);
  const listeners = createFakeListeners(clock);
  const serve = options.serve ?? listeners.serve;
  const streams = createFakeStreams({ clock, serve });
  const addresses = () => options.interfaces ?? [];
  const after = (ms: number, callback: () => void) =>
    clock.setTimer(clock.now() + ms, callback);
  const world: FakeWorld = {
    clock,
    random,
    datagrams: createFakeNetwork({ clock, random, respond }),
    names: {
      lookUp(name, callback) {
        const unknown = {
          code: "ENOTFOUND",
          message: `cannot look up ${name}`,
        };
        const { [name]: answer = unknown } = names ?? {};
        if (answer !== null) after(1, () => callback(answer));
      },
    },
    interfaces: { addresses },
    routes: createFakeRoutes(options.routes ?? {}, { clock, addresses }),
    streams,
    listeners,
    files: createFiles(files, options.unwritable ?? {}, clock),
    logFiles: createLogFiles(files),
    descriptors: {
      free: (most) => Math.min(most, options.freeDescriptors ?? Infinity),
    },
    terminal: createTerminal(options),
    signals: createSignals(),
    notifications: createNotifications(options.notifyFault),
    executable: options.executable ?? "/usr/local/bin/lifesign",
    mayStartProcesses: true,
    keepsRights: true,
    processes: createFakeProcesses({ clock, run }),
    environment: {
      ownNames: Object.keys(environment)
        .filter((name) => name.startsWith("LIFESIGN_")),
      get(name) {
        const value = environment[name];
        if (value !== null) return value;
        const message = `${name}: Cannot read the variable: expected UTF-8`;
        throw new LifesignError([{ kind: "config", message }]);
      },
    },
    pid: 4711,
    build: () =>
      Promise.resolve({
        target: "z80-unknown-linux-musl",
        parts: ["Basic 1 (MIT)", "a library (0BSD)"],
      }),
    revokeRun() {
      world.mayStartProcesses = false;
      return world.keepsRights;
    },
    limitFiles(folders) {
      world.writableFolders = folders;
    },
  };
  return world;
}

/** Runs all promise callbacks that are ready. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await null;
}

/** Lets time pass until monotonic `time` in ms, with all that happens until then. */
export async function elapse(clock: VirtualClock, time: number): Promise<void> {
  for (;;) {
    await settle();
    if (clock.now() >= time) return;
    clock.runUntil(Math.min(clock.next, time));
  }
}

/** Lets time pass until a promise settles, and resolves to its result. Rejects after a day. */
export async function toEnd<T>(
  clock: VirtualClock,
  running: Promise<T>,
): Promise<T> {
  let ended = false;
  running.catch(() => {}).finally(() => ended = true);
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
    areErrorsKept = false,
    screen,
    isInteractive = screen !== undefined,
  }: Pick<
    FakeWorldOptions,
    "areErrorsKept" | "isFull" | "isInteractive" | "isJournal" | "screen"
  >,
): FakeTerminal {
  let size = screen ?? { columns: 0, rows: 0 };
  let listener: ScreenOptions | null = null;
  const readers: ((line: string) => void)[] = [];
  const terminal: FakeTerminal = {
    output: "",
    errors: "",
    screen: null,
    drawings: 0,
    isTerminal: screen !== undefined,
    isErrorTerminal: screen !== undefined && !areErrorsKept,
    hasColours: false,
    isJournal,
    isInteractive,
    openScreen(options) {
      listener = options;
      terminal.screen = [];
      return {
        get size() {
          return size;
        },
        show(lines) {
          terminal.screen = lines;
          terminal.drawings++;
        },
        close() {
          listener = null;
          terminal.screen = null;
        },
      };
    },
    press: (key) => listener?.onKey(key),
    resize(next) {
      size = next;
      listener?.onChange();
    },
    hurry() {},
    write(text) {
      if (!isFull) terminal.output += text;
    },
    isWhole: () => Promise.resolve(!isFull),
    writeError(text) {
      terminal.errors += text;
    },
    readLines: (callback) => void readers.push(callback),
    type(line) {
      for (const reader of readers) reader(line);
    },
  };
  return terminal;
}

function createNotifications(fault: Fault | undefined): FakeNotifications {
  const opened: string[] = [];
  const sent: string[] = [];
  let report = (_fault: Fault): void => {};
  return {
    opened,
    sent,
    open(to, folder, onFault) {
      if (fault !== undefined) return fault;
      opened.push(`${to} ${folder}`);
      report = onFault;
      return { send: (message) => void sent.push(message) };
    },
    fail: (fault) => report(fault),
  };
}

function createSignals(): FakeSignals {
  const listeners: { signal: Signal; callback: () => void }[] = [];
  return {
    listen: (signal, callback) => void listeners.push({ signal, callback }),
    raise(signal) {
      const called = listeners.filter((listener) => listener.signal === signal);
      for (const { callback } of called) callback();
      return called.length > 0;
    },
  };
}
