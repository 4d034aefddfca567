/**
 * When the first cycle starts, and when the next one does: at a fixed rate
 * while the session is alive, and sooner after a fault.
 *
 * @module
 */

/** Up to this many sessions start at the same moment. */
const mostAtOnce = 10;

/** The longest gap between the starts of more sessions, in ms: ten thousand take a minute. */
const longestGapMs = 6;

/** How long all starts after a wake take together, in ms, */
const wakeSpreadMs = 1_000;

/** unless the gap between two would be shorter than this, in ms. */
const shortestGapMs = 1;

/** A session among those that begin together. */
export interface Place {
  /** Its place among them, from 0. */
  readonly place: number;
  /** How many they are. */
  readonly of: number;
  /** From slot to slot, in ms. */
  readonly interval: number;
}

/**
 * The delay before a session's first slot, in ms. Many sessions are spread evenly
 * over an interval at most, so that their cycles never coincide.
 */
export function firstSlot(place: Place): number {
  return spread(place, longestGapMs);
}

/** The delay before a session's first cycle after a wake, in ms: short, but not the same for all. */
export function wakeSlot(place: Place): number {
  return spread(place, Math.max(wakeSpreadMs / place.of, shortestGapMs));
}

function spread({ place, of, interval }: Place, gapMs: number): number {
  return of <= mostAtOnce ? 0 : place * Math.min(interval / of, gapMs);
}

/** What the next start follows from; times in monotonic ms. */
export interface ScheduleState {
  /** The slot of the last cycle, which may have started a little later. */
  readonly slot: number;
  /** A slot of the fixed rate to return to; `null` if `slot` is one. */
  readonly gridSlot: number | null;
  /** The present. */
  readonly now: number;
  /** From slot to slot, in ms. */
  readonly interval: number;
  /** How much earlier than that a slot may be, in ms. */
  readonly jitter: number;
  /** Faults in a row up to now; 0 after an alive verdict. */
  readonly faults: number;
  /** Chance, from 0 up to 1. */
  readonly random: number;
}

/**
 * The slot of the next cycle. Slots that have been missed are skipped, so that
 * the rate is kept without drift. After a fault the gap is a sixth of the
 * interval, then twice that, and so on up to the interval.
 */
export function nextSlot(state: ScheduleState): number {
  const { slot, gridSlot, now, interval, jitter, faults, random } = state;
  const gap = faults === 0 ? interval : interval / 6 * 2 ** (faults - 1);
  if (gap < interval) return Math.max(slot + gap, now);
  const since = gridSlot ?? slot;
  // Rounded up a little: rounding errors must not repeat a slot.
  const passed = Math.floor((slot - since) / interval + 1e-6);
  const last = since + passed * interval;
  const next = last + interval - random * jitter;
  const missed = Math.max(0, Math.ceil((now - next) / interval));
  return next + missed * interval;
}
