/**
 * Entries that are due at their times, with one timer for all.
 *
 * @module
 */
import type { Clock } from "../world.ts";

/** How long entries that are due may hold up everything else, in ms. */
const longestTurnMs = 4;

/** Calls back with each entry when it is due. */
export class TimerList<T> {
  private cancel = () => {};

  /** Begins without entries. */
  constructor(
    private readonly clock: Pick<Clock, "now" | "setTimer">,
    private readonly onDue: (entry: T) => void,
  ) {}

  /** Replaces all entries; `at` is in monotonic ms. Serves what is due at once, unless that takes long. */
  set(entries: Iterable<readonly [at: number, entry: T]>): void {
    this.cancel();
    this.cancel = () => {};
    this.serve([...entries].sort(([a], [b]) => a - b), 0);
  }

  /** Serves sorted entries from a place on, as far as they are due. */
  private serve(entries: readonly (readonly [number, T])[], from: number) {
    const { clock } = this;
    const start = clock.now();
    for (let place = from; place < entries.length; place++) {
      const [at, entry] = entries[place]!;
      const now = clock.now();
      if (at > now || now - start > longestTurnMs) {
        this.cancel = clock.setTimer(at, () => this.serve(entries, place));
        return;
      }
      this.onDue(entry);
    }
  }
}
