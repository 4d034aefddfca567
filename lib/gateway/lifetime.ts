/**
 * The life of a session at a simulated gateway. Pure.
 *
 * @module
 */

/** When sessions die without a command; durations in ms. */
export interface Lifetimes {
  /** The time from the first request to the death; `null` for never. */
  readonly deadAfter: number | null;
  /** How many requests are answered before the death; `null` for any number. */
  readonly deadAfterRequests: number | null;
  /** The silence after which a session is dead; `null` for never. */
  readonly expire: number | null;
}

/** Sessions that do not die by themselves. */
export const immortal: Lifetimes = {
  deadAfter: null,
  deadAfterRequests: null,
  expire: null,
};

/** The state of one session; times in monotonic ms. */
export interface Life {
  /** When its first request came; `null` before the first. */
  readonly firstAt: number | null;
  /** When its last request came; `null` before the first. */
  readonly lastAt: number | null;
  /** How many requests have come. */
  readonly requests: number;
  /** Whether it is dead; it stays dead until it is revived. */
  readonly dead: boolean;
}

/** A session that has not been asked for yet. */
export const newLife: Life = {
  firstAt: null,
  lastAt: null,
  requests: 0,
  dead: false,
};

/** The state after a request at monotonic time `now`; its `dead` is the answer. */
export function afterRequest(
  { firstAt, lastAt, requests, dead }: Life,
  { deadAfter, deadAfterRequests, expire }: Lifetimes,
  now: number,
): Life {
  const age = now - (firstAt ?? now);
  const silence = now - (lastAt ?? now);
  return {
    firstAt: firstAt ?? now,
    lastAt: now,
    requests: requests + 1,
    dead: dead ||
      deadAfter !== null && age >= deadAfter ||
      deadAfterRequests !== null && requests >= deadAfterRequests ||
      expire !== null && silence > expire,
  };
}
