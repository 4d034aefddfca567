/**
 * When the first cycle starts, and when the next one does: at a fixed rate
 * while the session is alive, and sooner after a fault.
 *
 * @module
 */

/** So many sessions start at once. */
const few = 10;

/** More than that start so many ms apart, or closer if the interval is over before: ten thousand take a minute. */
const widestStep = 6;

/** After a suspend many start within so many ms, */
const wakeTime = 1_000;

/** but no closer than so many ms apart, so that all of them come through. */
const closestStep = 1;

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
 * How long after its beginning a session's first slot is, in ms: many sessions
 * are spread evenly, and over an interval at most, so that they don't come all
 * at the same moment for evermore.
 */
export function firstSlot(place: Place): number {
  return spread(place, widestStep);
}

/**
 * How long after a suspend of the machine was noticed a session's heartbeat
 * is, in ms: as soon as can be without all of them at the same moment.
 */
export function wakeSlot(place: Place): number {
  return spread(place, Math.max(wakeTime / place.of, closestStep));
}

function spread({ place, of, interval }: Place, step: number): number {
  return of <= few ? 0 : place * Math.min(interval / of, step);
}

/** What the next start follows from; times in monotonic ms. */
export interface ScheduleState {
  /** The slot that the last cycle was started for, which may be a little before it really started. */
  readonly slot: number;
  /** A slot of the rate to come back to; `null` if `slot` is one. */
  readonly regular: number | null;
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
  const { slot, regular, now, interval, jitter, faults, random } = state;
  const gap = faults === 0 ? interval : interval / 6 * 2 ** (faults - 1);
  if (gap < interval) return Math.max(slot + gap, now);
  const since = regular ?? slot;
  // Rounded a little up, or a slot could come again for ever.
  const passed = Math.floor((slot - since) / interval + 1e-6);
  const last = since + passed * interval;
  const next = last + interval - random * jitter;
  const missed = Math.max(0, Math.ceil((now - next) / interval));
  return next + missed * interval;
}
