/**
 * Logging in, at the start and after a death, but never in a storm of logins.
 * {@linkcode advanceLogin} is pure. A session's logins outlive its settings: a
 * reload does not make the next one come sooner.
 *
 * @module
 */
import type { LoginReason, LoginReport, LoginStatus } from "../finding.ts";
import type { Time } from "../machine.ts";

const minute = 60_000;

/** The pause after the first login, and the longest one, in ms. */
const pauses = { first: 5_000, longest: 30 * minute };

/** After this time alive, in ms, earlier logins no longer count. */
const lifetime = 10 * minute;

/** The exit status of a login that says that no other one can help. */
export const hopelessStatus = 77;

/** How a login ended: its exit status, or else what has ended it in a word. */
export type LoginExit = number | string;

/** What a login is told. */
export type LoginRequest = Pick<LoginStatus, "attempt" | "reason" | "lastExit">;

/** What a session's logins are at. */
export type LoginPhase =
  /** None is needed. */
  | { readonly type: "idle" }
  /** One is needed, and starts at this monotonic time. */
  | { readonly type: "due"; readonly at: number }
  /** One runs. It is no longer needed if the session was alive meanwhile. It is another one's if the session has begun anew, or would log in by another command by now: what it calls hopeless is not what would be tried next. */
  | {
    readonly type: "running";
    readonly isNeeded: boolean;
    readonly isOthers: boolean;
  }
  /** One has ended well. The next verdict says whether it has helped. */
  | { readonly type: "hopeful" }
  /** No other one will be tried. */
  | { readonly type: "over" };

/** The logins of a session; times in monotonic ms. */
export interface LoginState {
  /** What they are at. */
  readonly phase: LoginPhase;
  /** Why the next or the last one is needed, as the session said last. */
  readonly reason: LoginReason;
  /** How many there were since the session was last alive for ten minutes. */
  readonly count: number;
  /** How many in a row have not helped. */
  readonly failed: number;
  /** When the last one ended; `null` without one. */
  readonly endedAt: number | null;
  /** How the last one ended; `null` without one. */
  readonly lastExit: LoginExit | null;
  /** When the session was first alive since its last death; `null` if it was not. */
  readonly aliveSince: number | null;
}

/** What can happen. */
export type LoginEvent =
  | Time
  /** A verdict says that the session is alive. */
  | { readonly type: "alive" }
  /** The session can't go on without a login. */
  | { readonly type: "needed"; readonly reason: LoginReason }
  /** The login has ended. */
  | { readonly type: "exit"; readonly exit: LoginExit }
  /** The session logs in by another command from now on. */
  | { readonly type: "replaced" }
  /** The session begins anew with other settings, or has ended: what it needed before counts no longer. */
  | { readonly type: "reset" };

/** What has to be done. */
export type LoginEffect =
  /** Log in. */
  | { readonly type: "start"; readonly request: LoginRequest }
  /** Ask at once whether it has helped. */
  | { readonly type: "ask" }
  /** End the session as dead. */
  | { readonly type: "give-up" }
  /** Send a report. */
  | { readonly type: "report"; readonly report: LoginReport };

/** Logins, and what has to be done. */
export type LoginStep = [LoginState, LoginEffect[]];

/** A session that has never logged in. */
export const noLogins: LoginState = {
  phase: { type: "idle" },
  reason: "start",
  count: 0,
  failed: 0,
  endedAt: null,
  lastExit: null,
  aliveSince: null,
};

/** When logins have to act next without an event, in monotonic ms; infinite for never. */
export function loginDeadline({ phase }: LoginState): number {
  return phase.type === "due" ? phase.at : Infinity;
}

/** How long it takes from the end of the last login to the next one at least, in ms. */
export function pauseAfter(count: number): number {
  if (count === 0) return 0;
  return Math.min(pauses.first * 2 ** (count - 1), pauses.longest);
}

/** The logins after an event, and what has to be done. `tries` in a row may fail; `null` for any number. */
export function advanceLogin(
  state: LoginState,
  event: LoginEvent,
  { now, tries }: { readonly now: number; readonly tries: number | null },
): LoginStep {
  const { phase } = state;
  switch (event.type) {
    case "time":
      return phase.type === "due" && now >= phase.at
        ? start(state)
        : [state, []];
    case "alive":
      return onAlive(state, now);
    case "needed":
      return onNeeded(state, event.reason, { now, tries });
    case "exit":
      return phase.type === "running"
        ? onExit(
          { ...state, endedAt: now, lastExit: event.exit },
          phase,
          { now, tries },
        )
        : [state, []];
    case "replaced":
      return phase.type === "running"
        ? [{ ...state, phase: { ...phase, isOthers: true } }, []]
        : [state, []];
    case "reset":
      return reset({ ...state, aliveSince: null });
  }
}

function reset(state: LoginState): LoginStep {
  const { phase } = state;
  switch (phase.type) {
    case "idle":
    case "over":
      return [state, []];
    case "running": {
      const other = { ...phase, isNeeded: false, isOthers: true };
      return [{ ...state, phase: other }, []];
    }
    case "due":
    case "hopeful":
      return rest(state);
  }
}

/** No login is needed any more. */
function rest(state: LoginState, isEnd = false): LoginStep {
  const next: LoginState = { ...state, phase: { type: "idle" } };
  return [next, [tell(next, isEnd)]];
}

function start(state: LoginState): LoginStep {
  const { reason, lastExit } = state;
  const count = state.count + 1;
  const phase: LoginPhase = {
    type: "running",
    isNeeded: true,
    isOthers: false,
  };
  const next = { ...state, phase, count };
  const request = { attempt: count, reason, lastExit };
  return [next, [tell(next), { type: "start", request }]];
}

function onAlive(state: LoginState, now: number): LoginStep {
  const { phase, aliveSince } = state;
  const isLong = aliveSince !== null && now - aliveSince >= lifetime;
  const next: LoginState = {
    ...state,
    count: isLong ? 0 : state.count,
    failed: 0,
    aliveSince: aliveSince ?? now,
  };
  switch (phase.type) {
    case "idle":
      return [next, []];
    case "running": {
      // The one that runs is no earlier one.
      const count = Math.max(1, next.count);
      return [{ ...next, count, phase: { ...phase, isNeeded: false } }, []];
    }
    case "due":
    case "hopeful":
    case "over":
      return rest(next);
  }
}

function onNeeded(
  before: LoginState,
  reason: LoginReason,
  limits: { readonly now: number; readonly tries: number | null },
): LoginStep {
  const state = { ...before, reason, aliveSince: null };
  switch (state.phase.type) {
    case "idle":
      return wait(state, limits.now);
    case "over":
      return wait({ ...state, failed: 0 }, limits.now);
    case "running":
      return [{ ...state, phase: { ...state.phase, isNeeded: true } }, []];
    case "hopeful":
      return onFailure(state, limits);
    case "due": {
      const wait = Math.max(0, state.phase.at - limits.now);
      return [
        state,
        reason === before.reason ? [] : [tell(state, false, wait)],
      ];
    }
  }
}

function onExit(
  state: LoginState,
  { isNeeded, isOthers }: Extract<LoginPhase, { type: "running" }>,
  limits: { readonly now: number; readonly tries: number | null },
): LoginStep {
  if (state.lastExit === 0) {
    const next: LoginState = { ...state, phase: { type: "hopeful" } };
    return [next, [tell(next, true), { type: "ask" }]];
  }
  // Whatever it says: the session was alive after it began, or has begun anew.
  if (!isNeeded) {
    const failed = state.aliveSince === null ? state.failed + 1 : 0;
    return rest({ ...state, failed }, true);
  }
  // Another account's password says nothing about this one, nor does the old one of this account.
  if (state.lastExit === hopelessStatus && !isOthers) {
    return giveUp(state, true);
  }
  return onFailure(state, limits, true);
}

function onFailure(
  state: LoginState,
  { now, tries }: { readonly now: number; readonly tries: number | null },
  isEnd = false,
): LoginStep {
  const failed = state.failed + 1;
  const next = { ...state, failed };
  return tries !== null && failed >= tries
    ? giveUp(next, isEnd)
    : wait(next, now, isEnd);
}

/** Waits until the next login may start. */
function wait(state: LoginState, now: number, isEnd = false): LoginStep {
  const { endedAt, count } = state;
  // One that took longer than the ten minutes may have ended just now.
  const earliest = endedAt === null
    ? now
    : endedAt + pauseAfter(Math.max(1, count));
  const at = Math.max(now, earliest);
  const next: LoginState = { ...state, phase: { type: "due", at } };
  return [next, [tell(next, isEnd, at - now)]];
}

function giveUp(state: LoginState, isEnd: boolean): LoginStep {
  const next: LoginState = { ...state, phase: { type: "over" } };
  return [next, [tell(next, isEnd), { type: "give-up" }]];
}

/** A report of what logins are at. */
function tell(
  state: LoginState,
  isEnd = false,
  wait: number | null = null,
): LoginEffect {
  const { phase, reason, count, lastExit } = state;
  const isDue = phase.type === "due";
  const status: LoginStatus = {
    state: phase.type,
    reason,
    attempt: isDue ? count + 1 : count,
    at: isDue ? phase.at : null,
    lastExit,
  };
  return { type: "report", report: { type: "login", status, wait, isEnd } };
}
