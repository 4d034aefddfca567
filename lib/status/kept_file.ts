/**
 * A file that is kept up to date beside everything else: what changes is
 * written soon, but not too often, and never two times at once.
 *
 * @module
 */
import type { Fault, World } from "../world.ts";

/** The shortest time from one writing to the next, in ms. */
const period = 1_000;

/** How long to wait after one that failed, in ms. */
const retry = 5_000;

/** Preparing takes work: the pause after it is this many times as long. */
const pausePerWork = 50;

/** The longest pause, in ms: readers wait for what is new. */
const longestPauseMs = 20_000;

/** How long preparing may hold up everything else, in ms. */
const longestSliceMs = 4;

/** The time is checked after so many characters. */
const charactersPerCheck = 2_048;

/** Anybody may read it. */
const mode = 0o644;

/** What is kept, and where. */
export interface KeptFileOptions {
  /** The outside. */
  readonly world: Pick<World, "clock" | "files">;
  /** The name of the file. */
  readonly path: string;
  /**
   * All that it is to hold at present, in parts that are prepared one after the
   * other. It will stay as it is for so many ms longer than usual, if that takes
   * as long as the last time.
   */
  readonly render: (longer: number) => Iterable<string>;
  /** Is told why it can't be written, once as long as the reason is the same; `null` once it can be again. */
  readonly onFault: (fault: Fault | null) => void;
}

/** A file that is kept up to date. */
export interface KeptFile {
  /** Its name. */
  readonly path: string;
  /**
   * Writes it for the first time; resolves to `null`, or to why that can't be
   * done. If a text is given, it holds that until the next writing, which comes
   * soon.
   */
  open(text?: Iterable<string>): Promise<Fault | null>;
  /** What it is to hold has changed. */
  touch(): void;
  /** Writes this in the end, and nothing any more; resolves when that is done, well or badly. */
  close(text: Iterable<string>): Promise<void>;
}

/** Makes a file's keeper; nothing is written before it is told to. */
export function keepFile(
  { world: { clock, files }, path, render, onFault }: KeptFileOptions,
): KeptFile {
  let writing: Promise<Fault | null> | null = null;
  let cancelTimer: (() => void) | null = null;
  let notBefore = -Infinity;
  let pause = period;
  let isChanged = false;
  let isClosed = false;
  let told: string | null = null;

  async function write(text?: Iterable<string>): Promise<Fault | null> {
    const start = clock.now();
    isChanged = text !== undefined;
    let cost = 0;
    const content = text ?? render(pause - period);
    const parts = slices(content, (took) => cost += took);
    writing = files.replace(path, parts, { mode, isDurable: false });
    const fault = await writing;
    writing = null;
    pause = Math.max(period, Math.min(pausePerWork * cost, longestPauseMs));
    isChanged ||= fault !== null;
    notBefore = start + (fault === null ? pause : retry);
    return fault;
  }

  /** Puts together what can be prepared in a slice of time; `onSlice` is told how long each took. */
  function* slices(
    parts: Iterable<string>,
    onSlice: (took: number) => void = () => {},
  ): Iterable<string> {
    let text = "";
    let look = charactersPerCheck;
    let start = clock.now();
    for (const part of parts) {
      text += part;
      if (text.length < look) continue;
      look = text.length + charactersPerCheck;
      const took = clock.now() - start;
      if (took < longestSliceMs) continue;
      onSlice(took);
      yield text;
      text = "";
      look = charactersPerCheck;
      start = clock.now();
    }
    onSlice(clock.now() - start);
    yield text;
  }

  function tell(fault: Fault | null): void {
    const message = fault?.message ?? null;
    if (message !== told) onFault(fault);
    told = message;
  }

  function schedule(): void {
    if (!isChanged || isClosed || writing !== null || cancelTimer !== null) {
      return;
    }
    cancelTimer = clock.setTimer(Math.max(notBefore, clock.now()), () => {
      cancelTimer = null;
      write().then(tell).then(schedule);
    });
  }

  return {
    path,
    async open(text) {
      const fault = await write(text);
      if (fault === null) schedule();
      return fault;
    },
    touch() {
      isChanged = true;
      schedule();
    },
    async close(text) {
      isClosed = true;
      cancelTimer?.();
      await writing;
      const parts = slices(text);
      tell(await files.replace(path, parts, { mode, isDurable: false }));
    },
  };
}
