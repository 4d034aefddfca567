/**
 * Signals of this process.
 *
 * @module
 */
import type { Signal, Signals } from "../world.ts";

/** Signals, and how to die of one. */
export interface HostSignals extends Signals {
  /** Whether one was received that somebody listens for. */
  readonly received: boolean;
  /** Ends the process by the signal itself, so that a shell sees it. */
  dieOf(signal: Signal): void;
}

/** Makes the signals of this process; nothing changes until somebody listens. */
export function createSignals(): HostSignals {
  const listeners: [Signal, () => void][] = [];
  let received = false;
  return {
    listen(signal, callback) {
      const listener = () => {
        received = true;
        callback();
      };
      listeners.push([signal, listener]);
      Deno.addSignalListener(signal, listener);
    },
    get received() {
      return received;
    },
    dieOf(signal) {
      // The last listener's removal restores what the system does by default.
      for (const [name, listener] of listeners) {
        if (name === signal) Deno.removeSignalListener(name, listener);
      }
      Deno.kill(Deno.pid, signal);
    },
  };
}
