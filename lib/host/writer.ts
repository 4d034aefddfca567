/**
 * Output that can't hurt: what is written is queued, a reader that stalls
 * blocks nobody, and what can't be written is dropped.
 *
 * @module
 */
import { codeOf, messageOf } from "./os_error.ts";

/** A queue in front of a stream. */
export interface Writer {
  /** Queues text; drops it if too much waits already. Never throws. */
  write(text: string): void;
  /** Resolves when everything that was queued has been written or dropped. */
  flush(): Promise<void>;
  /** Whether text was dropped so far; not if only because nobody reads any more. */
  readonly hasLost: boolean;
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

/**
 * Puts a queue in front of a stream. `onLoss` is called once, when text is
 * dropped for the first time, with the reason; not if nobody reads any more.
 */
export function createWriter(
  sink: Sink,
  onLoss: (reason: string) => void = () => {},
): Writer {
  const encoder = new TextEncoder();
  let queue: string[] = [];
  let waiting = 0;
  let hasLost = false;
  let drained: Promise<void> | null = null;

  function lose(error: unknown): void {
    if (hasLost || codeOf(error) === "EPIPE") return;
    hasLost = true;
    onLoss(messageOf(error));
  }

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const bytes = encoder.encode(queue.join(""));
      queue = [];
      await writeAll(sink, bytes).catch(lose);
      waiting = queue.reduce((sum, text) => sum + text.length, 0);
    }
    drained = null;
  }

  return {
    write(text) {
      // Anything may be written where nothing waits, however long it is.
      if (waiting > 0 && waiting + text.length > limit) {
        return lose(new Error("nobody reads it, and too much waits already"));
      }
      waiting += text.length;
      queue.push(text);
      drained ??= drain();
    },
    flush: () => drained ?? Promise.resolve(),
    get hasLost() {
      return hasLost;
    },
  };
}

async function writeAll(sink: Sink, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) {
    try {
      rest = rest.subarray(await sink.write(rest));
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
