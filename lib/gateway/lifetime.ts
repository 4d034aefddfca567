/**
 * The life of a session at a simulated gateway. Pure.
 *
 * @module
 */

/** When sessions die without a command; durations in ms. */
export interface Lifetimes {
  /** The time from the first request to the death; `null` for never. */
  readonly deadAfter: number | null;
  /** The silence after which a session is dead; `null` for never. */
  readonly expire: number | null;
}

/** The state of one session; times in monotonic ms. */
export interface Life {
  /** When its first request came; `null` before the first. */
  readonly firstAt: number | null;
  /** When its last request came; `null` before the first. */
  readonly lastAt: number | null;
  /** Whether it is dead; it stays dead until it is revived. */
  readonly dead: boolean;
}

/** The state after a request at monotonic time `now`; its `dead` is the answer. */
export function afterRequest(
  { firstAt, lastAt, dead }: Life,
  { deadAfter, expire }: Lifetimes,
  now: number,
): Life {
  const age = now - (firstAt ?? now);
  const silence = now - (lastAt ?? now);
  return {
    firstAt: firstAt ?? now,
    lastAt: now,
    dead: dead ||
      deadAfter !== null && age >= deadAfter ||
      expire !== null && silence > expire,
  };
}
