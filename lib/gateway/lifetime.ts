/**
 * How a session lives and dies at a simulated gateway, as data.
 *
 * @module
 */

/** When sessions die by themselves; durations in ms. */
export interface Lifetimes {
  /** So long after a session's first request; `null` for never. */
  readonly deadAfter: number | null;
  /** When a session has been silent for so long; `null` for never. */
  readonly expire: number | null;
}

/** What a gateway knows of one session; times in monotonic ms. */
export interface Life {
  /** When its first request came; `null` before. */
  readonly firstAt: number | null;
  /** When its last request came; `null` before the first. */
  readonly lastAt: number | null;
  /** Whether it is dead, which is final until somebody revives it. */
  readonly dead: boolean;
}

/** What becomes of a session by a request at monotonic time `now`; its `dead` is the answer. */
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
