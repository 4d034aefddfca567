/**
 * Signals of this process.
 *
 * @module
 */
import type { Signal, Signals } from "../world.ts";
import { delay } from "./delay.ts";

/** How long a signal may need to end the process, in ms. */
const deathMs = 1_000;

/** Signals, and how to end by one. */
export interface HostSignals extends Signals {
  /** Resolves when the first signal arrives that has a listener. */
  readonly received: Promise<void>;
  /** Ends the process by a signal, so that a shell sees it. Resolves if that fails, as it does without the right to run programs. */
  dieOf(signal: Signal): Promise<void>;
}

/**
 * Makes the signals of this process. Without listeners, signals do what they do
 * by default, but for those in `held`: they wait for their first listener.
 */
export function createSignals(held: readonly Signal[] = []): HostSignals {
  const listeners: [Signal, () => void][] = [];
  const waiting = new Set<Signal>();
  for (const signal of held) {
    Deno.addSignalListener(signal, () => {
      if (!listeners.some(([name]) => name === signal)) waiting.add(signal);
    });
  }
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
      if (waiting.delete(signal)) queueMicrotask(listener);
    },
    async dieOf(signal) {
      // Without listeners the signal does what the system does by default.
      for (const [name, listener] of listeners) {
        if (name === signal) Deno.removeSignalListener(name, listener);
      }
      try {
        Deno.kill(Deno.pid, signal);
      } catch (error) {
        if (error instanceof Deno.errors.NotCapable) return;
        throw error;
      }
      // If there were listeners, the signal takes effect a moment later.
      await delay(deathMs);
    },
  };
}
