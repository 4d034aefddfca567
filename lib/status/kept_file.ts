/**
 * Keeps a file up to date in the background. Changes are written soon, but not
 * too often, and never twice at the same time.
 *
 * @module
 */
import type { Fault, World } from "../world.ts";

/** The shortest time between two writes, in ms. */
const period = 1_000;

/** The wait after a failed write, in ms. */
const retry = 5_000;

/** The pause after a write is this many times as long as its preparation. */
const pausePerWork = 50;

/** The longest pause in ms, since readers wait for news. */
const longestPauseMs = 20_000;

/** How long preparation may block other work, in ms. */
const longestSliceMs = 4;

/** How many characters to prepare before the time is checked. */
const charactersPerCheck = 2_048;

/** Everybody may read the file. */
const mode = 0o644;

/** Options of a kept file. */
export interface KeptFileOptions {
  /** The outside. */
  readonly world: Pick<World, "clock" | "files">;
  /** The name of the file. */
  readonly path: string;
  /**
   * Yields the present content in parts. `longer` is how many ms longer than
   * usual the content stays, if its preparation takes as long as last time.
   */
  readonly render: (longer: number) => Iterable<string>;
  /** Receives each new reason why a write failed; `null` once writes succeed again. */
  readonly onFault: (fault: Fault | null) => void;
}

/** A file that is kept up to date. */
export interface KeptFile {
  /** Its name. */
  readonly path: string;
  /**
   * Writes the file for the first time; resolves to the fault if that fails,
   * else to `null`. A given text is replaced by the rendered one soon.
   */
  open(text?: Iterable<string>): Promise<Fault | null>;
  /** Reports that the content has changed. */
  touch(): void;
  /** Writes a last text, and nothing after it; resolves when that has succeeded or failed. */
  close(text: Iterable<string>): Promise<void>;
}

/** Makes a kept file. Nothing is written before `open()`. */
export function keepFile(
  { world: { clock, files }, path, render, onFault }: KeptFileOptions,
): KeptFile {
  let writing: Promise<Fault | null> | null = null;
  let cancelTimer: (() => void) | null = null;
  let notBefore = -Infinity;
  let pause = period;
  let isChanged = false;
  let isClosed = false;
  let lastReported: string | null = null;

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

  /** Joins the parts that are prepared in a slice of time. `onSlice` receives the time of each slice in ms. */
  function* slices(
    parts: Iterable<string>,
    onSlice: (took: number) => void = () => {},
  ): Iterable<string> {
    let text = "";
    let nextCheck = charactersPerCheck;
    let start = clock.now();
    for (const part of parts) {
      text += part;
      if (text.length < nextCheck) continue;
      nextCheck = text.length + charactersPerCheck;
      const took = clock.now() - start;
      if (took < longestSliceMs) continue;
      onSlice(took);
      yield text;
      text = "";
      nextCheck = charactersPerCheck;
      start = clock.now();
    }
    onSlice(clock.now() - start);
    yield text;
  }

  function report(fault: Fault | null): void {
    const message = fault?.message ?? null;
    if (message !== lastReported) onFault(fault);
    lastReported = message;
  }

  function schedule(): void {
    if (!isChanged || isClosed || writing !== null || cancelTimer !== null) {
      return;
    }
    cancelTimer = clock.setTimer(Math.max(notBefore, clock.now()), () => {
      cancelTimer = null;
      write().then(report).then(schedule);
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
      report(await files.replace(path, parts, { mode, isDurable: false }));
    },
  };
}
