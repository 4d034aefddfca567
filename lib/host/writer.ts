/**
 * Output that can't hurt: what is written is queued, a reader that stalls
 * blocks nobody, and what can't be written is dropped.
 *
 * @module
 */
import { codeOf } from "./os_error.ts";

/** A queue in front of a stream. */
export interface Writer {
  /** Queues text; drops it if too much waits already. Never throws. */
  write(text: string): void;
  /** Resolves when everything that was queued has been written or dropped. */
  flush(): Promise<void>;
}

/** What a writer writes to. */
export interface Sink {
  /** Writes some of the bytes and resolves to how many; rejects if it can't. */
  write(bytes: Uint8Array): Promise<number>;
}

/** How much may wait, in UTF-16 units. */
const limit = 4 * 1024 * 1024;

/** How long to wait for a pipe that is full and does not block, in ms. */
const pause = 20;

/** Puts a queue in front of a stream. */
export function createWriter(sink: Sink): Writer {
  const encoder = new TextEncoder();
  let queue: string[] = [];
  let waiting = 0;
  let drained: Promise<void> | null = null;

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const bytes = encoder.encode(queue.join(""));
      queue = [];
      await writeAll(sink, bytes);
      waiting = queue.reduce((sum, text) => sum + text.length, 0);
    }
    drained = null;
  }

  return {
    write(text) {
      if (waiting + text.length > limit) return;
      waiting += text.length;
      queue.push(text);
      drained ??= drain();
    },
    flush: () => drained ?? Promise.resolve(),
  };
}

async function writeAll(sink: Sink, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) {
    try {
      rest = rest.subarray(await sink.write(rest));
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") return;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
