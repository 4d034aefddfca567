/**
 * What is to come, each thing at its time, with one timer for all.
 *
 * @module
 */
import type { Clock } from "../world.ts";

/** How long things that are due may hold up everything else, in ms. */
const slice = 4;

/** What is to come. */
export interface Agenda<T> {
  /** Just this is to come from now on, with when, in monotonic ms. What is due comes before this returns, unless it takes long. */
  set(entries: Iterable<readonly [at: number, what: T]>): void;
}

/** Makes an empty agenda, which calls back with each thing when its time has come. */
export function createAgenda<T>(
  clock: Pick<Clock, "now" | "setTimer">,
  onDue: (what: T) => void,
): Agenda<T> {
  let cancel = () => {};

  function serve(entries: readonly (readonly [number, T])[], from: number) {
    const start = clock.now();
    for (let at = from; at < entries.length; at++) {
      const [due, what] = entries[at]!;
      const now = clock.now();
      if (due > now || now - start > slice) {
        cancel = clock.setTimer(due, () => serve(entries, at));
        return;
      }
      onDue(what);
    }
  }

  return {
    set(entries) {
      cancel();
      cancel = () => {};
      serve([...entries].sort(([a], [b]) => a - b), 0);
    },
  };
}
