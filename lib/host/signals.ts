/**
 * Signals of this process.
 *
 * @module
 */
import type { Signal, Signals } from "../world.ts";

/** How long a signal may take to end the process, in ms. */
const deathMs = 1_000;

/** Signals, and how to die of one. */
export interface HostSignals extends Signals {
  /** Resolves when the first one is received that somebody listens for. */
  readonly received: Promise<void>;
  /** Ends the process by the signal itself, so that a shell sees it; resolves only if that fails, as it does once the right to run programs was given up. */
  dieOf(signal: Signal): Promise<void>;
}

/** Makes the signals of this process; nothing changes until somebody listens. */
export function createSignals(): HostSignals {
  const listeners: [Signal, () => void][] = [];
  const { promise: received, resolve: receive } = Promise.withResolvers<void>();
  return {
    received,
    listen(signal, callback) {
      const listener = () => {
        receive();
        callback();
      };
      listeners.push([signal, listener]);
      Deno.addSignalListener(signal, listener);
    },
    async dieOf(signal) {
      // The last listener's removal restores what the system does by default.
      for (const [name, listener] of listeners) {
        if (name === signal) Deno.removeSignalListener(name, listener);
      }
      try {
        Deno.kill(Deno.pid, signal);
      } catch (error) {
        if (error instanceof Deno.errors.NotCapable) return;
        throw error;
      }
      // A thread of Deno's that once listened dies of it only a moment later.
      await new Promise((resolve) => setTimeout(resolve, deathMs));
    },
  };
}
