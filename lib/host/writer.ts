/**
 * Output that never blocks and never throws: text is queued, and dropped if it
 * can't be written.
 *
 * @module
 */
import { delay } from "./delay.ts";
import { codeOf, messageOf } from "./os_error.ts";

/** A queue in front of a stream. */
export interface Writer {
  /** Queues text, or drops it if too much waits already. Never throws. */
  write(text: string): void;
  /** Resolves when all queued text is written or dropped. */
  flush(): Promise<void>;
  /** Whether text was dropped that somebody would still read. */
  readonly hasLost: boolean;
}

/** The stream behind a writer. */
export interface Sink {
  /** Writes some of the bytes. Resolves to how many, or rejects. */
  write(bytes: Uint8Array): Promise<number>;
}

/** How much text may wait, in UTF-16 units. */
const limit = 4 * 1024 * 1024;

/** The pause before another write to a full pipe that does not block, in ms. */
const pauseMs = 20;

/**
 * Puts a queue in front of a stream. `onLoss` is called with the reason when
 * text is first dropped that somebody would still read.
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
      // A text of any length is accepted while nothing waits.
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
      await delay(pauseMs);
    }
  }
}
