/**
 * Real time.
 *
 * @module
 */
import type { Clock } from "../world.ts";

/** The longest delay that a timer takes: a longer one would fire at once. */
const longestDelay = 2 ** 31 - 1;

/** The clocks and timers of this machine. */
export const clock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  uptime: () => Deno.osUptime() * 1000,
  zone: {
    get name() {
      const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
      // Of a zone that it has never heard of it says either, or nothing.
      return !timeZone || timeZone === "Etc/Unknown" ? "UTC" : timeZone;
    },
    offset: (wallTime) => new Date(wallTime).getTimezoneOffset() * -60_000,
  },
  setTimer(at, callback) {
    // Rounded up, since a timer that fires a moment too early would be set again.
    const left = Math.ceil(at - performance.now());
    if (left > longestDelay) return setLongTimer(at, callback);
    const id = setTimeout(callback, left);
    return () => clearTimeout(id);
  },
};

function setLongTimer(at: number, callback: () => void): () => void {
  let cancel = () => {};
  const id = setTimeout(() => {
    cancel = clock.setTimer(at, callback);
  }, longestDelay);
  return () => {
    clearTimeout(id);
    cancel();
  };
}
