/**
 * Logging in again after a death, but never in a storm of logins.
 *
 * @module
 */

const minute = 60_000;

/** The first backoff, and the longest one, in ms. */
const backoffs = { first: minute, longest: 30 * minute };

/** After this time alive, in ms, an earlier login no longer counts. */
const lifetime = 10 * minute;

/** Somebody has logged in again. */
export interface Login {
  /** When, in monotonic ms. */
  readonly at: number;
  /** How long the session has to live at least before anybody logs in once more, in ms. */
  readonly backoff: number;
}

/** Whether somebody may log in again at monotonic time `now`, after the `last` time if there was one. */
export function mayLogIn(last: Login | null, now: number): boolean {
  return last === null || now - last.at >= last.backoff;
}

/** A login at `now`. Its backoff is twice the last one's. */
export function nextLogin(last: Login | null, now: number): Login {
  const backoff = last === null
    ? backoffs.first
    : Math.min(2 * last.backoff, backoffs.longest);
  return { at: now, backoff };
}

/** The `last` login as it counts when the session is alive at `now`; `null` if it no longer does. */
export function outlive(last: Login | null, now: number): Login | null {
  return last !== null && now - last.at >= lifetime ? null : last;
}
