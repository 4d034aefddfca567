/**
 * A world in virtual time that remembers what it was told.
 *
 * @module
 */
import { type Random, seededRandom } from "../random.ts";
import type {
  Fault,
  FileContent,
  Files,
  InterfaceAddress,
  Signal,
  Signals,
  Terminal,
  World,
} from "../world.ts";
import {
  createFakeNetwork,
  type FakeNetwork,
  type FakeNetworkOptions,
} from "./fake_network.ts";
import { createVirtualClock, type VirtualClock } from "./virtual_clock.ts";

/** A file; what is left out is as it should be. */
export type FakeFile = Partial<FileContent> & {
  /** Its content, instead of `bytes`. */
  readonly text?: string;
};

/** What a fake world holds; all of it may change while the world goes on. */
export interface FakeWorldOptions {
  /** What the network answers; nothing if absent. */
  readonly respond?: FakeNetworkOptions["respond"];
  /** Environment variables. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Files by their path, `-` for stdin; what a text leaves out is as it should be. */
  readonly files?: Readonly<Record<string, FakeFile | Fault>>;
  /** What the resolver answers after 1 ms by name, `null` for nothing at all; other names are unknown to it. */
  readonly names?: Readonly<Record<string, readonly string[] | Fault | null>>;
  /** The addresses of this machine; none if absent. */
  readonly interfaces?: readonly InterfaceAddress[];
}

/** A terminal that remembers. */
export interface FakeTerminal extends Terminal {
  /** All that was written to stdout. */
  readonly output: string;
  /** All that was written to stderr. */
  readonly errors: string;
  /** Types a line into stdin. */
  type(line: string): void;
}

/** Signals that a test raises. */
export interface FakeSignals extends Signals {
  /** Delivers a signal; returns whether anybody listened. */
  raise(signal: Signal): boolean;
}

/** A world for tests. Its user has the id 1000, its wall clock begins on 2026-11-21 at 05:30:00 UTC. */
export interface FakeWorld extends World {
  /** Passes only when a test says so. */
  readonly clock: VirtualClock;
  /** Answers by a script. */
  readonly datagrams: FakeNetwork;
  /** Remembers. */
  readonly terminal: FakeTerminal;
  /** Are raised by a test. */
  readonly signals: FakeSignals;
  /** The same numbers in each world. */
  readonly random: Random;
}

const user = 1000;

/** Makes a world. */
export function createFakeWorld(options: FakeWorldOptions = {}): FakeWorld {
  const { respond = () => [], environment = {}, files, names } = options;
  const clock = createVirtualClock(Date.UTC(2026, 10, 21, 5, 30));
  const random = seededRandom(1);
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
    interfaces: { addresses: () => options.interfaces ?? [] },
    files: createFiles(files ?? {}),
    terminal: createTerminal(),
    signals: createSignals(),
    environment: { get: (name) => environment[name] },
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
): Files {
  const missing = { code: "ENOENT", message: "there is no such file" };
  const encoder = new TextEncoder();
  const sound = { isRegular: true, owner: user, mode: 0o600 };
  return {
    user,
    read(path) {
      const file = files[path] ?? missing;
      if ("code" in file) return Promise.resolve(file);
      const { text = "", ...rest } = file;
      const bytes = encoder.encode(text);
      return Promise.resolve({ bytes, ...sound, ...rest });
    },
  };
}

function createTerminal(): FakeTerminal {
  const readers: ((line: string) => void)[] = [];
  let output = "";
  let errors = "";
  return {
    isTerminal: false,
    hurry() {},
    isInteractive: false,
    write(text) {
      output += text;
    },
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
