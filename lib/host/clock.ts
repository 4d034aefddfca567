/**
 * Real time.
 *
 * @module
 */
import { type Timer, TimerQueue } from "../timer_queue.ts";
import type { Clock } from "../world.ts";

/** The longest delay that a timer takes: a longer one would fire at once. */
const longestDelay = 2 ** 31 - 1;

/** The last moment of a ms that numbers of this size can tell from the next ms. */
const finest = 1 - 2 ** -10;

/** From summer to winter, in ms. */
const halfYear = 183 * 86_400_000;

const offset = (wallTime: number) =>
  new Date(wallTime).getTimezoneOffset() * -60_000;

/** The clocks and timers of this machine. */
export const clock: Clock = {
  now: () => performance.now(),
  wallTime: fineWallTime(Date.now, () => performance.now()),
  uptime: () => Deno.osUptime() * 1000,
  bootId: () => bootId ??= readBootId(),
  zone: {
    get name() {
      const now = Date.now();
      // What is misspelled is UTC, whatever it says.
      if ([now, now - halfYear].every((at) => offset(at) === 0)) return "UTC";
      const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
      // A rule such as `EST5` has no name.
      return timeZone ?? "local time";
    },
    offset,
  },
  setTimer: createTimers(),
};

/** Makes a wall clock that is finer than a coarse one of whole ms, and never apart from it, by the monotonic clock. All in ms. */
export function fineWallTime(
  coarse: () => number,
  monotonic: () => number,
): () => number {
  let ahead = -Infinity;
  return () => {
    const wall = coarse();
    const now = monotonic();
    // Each time tells more of what the coarse clock leaves out.
    ahead = Math.min(Math.max(ahead, wall - now), wall + finest - now);
    return now + ahead;
  };
}

let bootId: Promise<string | null> | undefined;

/** Reads it through another process, since Deno may open nothing in /proc. */
async function readBootId(): Promise<string | null> {
  try {
    const { stdout } = await new Deno.Command("/bin/cat", {
      args: ["/proc/sys/kernel/random/boot_id"],
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).output();
    const id = new TextDecoder().decode(stdout).trim();
    return /^[0-9a-f-]{36}$/.test(id) ? id : null;
  } catch {
    // No such program, or no right to start one.
    return null;
  }
}

/**
 * Timers that share one timer of the system, for the one that is due first.
 * Most are cancelled before, and timers of the system cost more than all else
 * that a heartbeat does.
 */
function createTimers(): Clock["setTimer"] {
  const queue = new TimerQueue();
  let made = 0;
  // A number or, in newer runtimes, an object.
  let id: ReturnType<typeof setTimeout> | undefined;
  // When the system's timer is due; too early does no harm.
  let armed = Infinity;

  function arm(): void {
    const { first } = queue;
    if (first === undefined || first.at >= armed) return;
    clearTimeout(id);
    armed = first.at;
    // Rounded up, since a timer that fires a moment too early would be set again.
    const left = Math.ceil(armed - performance.now());
    id = setTimeout(fire, Math.min(left, longestDelay));
  }

  function fire(): void {
    armed = Infinity;
    const now = performance.now();
    const next = made;
    try {
      for (;;) {
        const timer = queue.first;
        // Timers that are set meanwhile wait for the next turn.
        const isDue = timer && timer.at <= now && timer.number < next;
        if (!isDue) break;
        queue.remove(timer);
        timer.callback();
      }
    } finally {
      arm();
    }
  }

  function cancel(timer: Timer): void {
    queue.remove(timer);
    if (queue.first !== undefined) return;
    clearTimeout(id);
    armed = Infinity;
  }

  return (at, callback) => {
    const soonest = Math.max(at, performance.now());
    const timer = { at: soonest, number: made++, callback, place: -1 };
    queue.add(timer);
    arm();
    return () => cancel(timer);
  };
}
