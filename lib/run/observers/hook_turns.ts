/**
 * Hooks: commands that tell of transitions, or log in. Which one runs, when its
 * turn is, and what it is told.
 *
 * @module
 */
import type { HookEnvironment } from "../../config/variables.ts";
import { exitCodeOf } from "../../exit_code.ts";
import type { Instant } from "../../instant.ts";
import type { TransitionReport } from "../../finding.ts";
import type { LoginRequest } from "../../session/login.ts";
import { classOf, type VerdictClass } from "../../verdict.ts";

/** A change of a session's class, as a hook is told of it. */
export interface Transition extends Pick<TransitionReport, "from" | "to"> {
  /** When it changed. */
  readonly at: Instant;
}

/** Which hook a transition is told by; `null` for none: that a session is alive at first is no news. */
export function hookOf(
  { from, to }: Pick<Transition, "from" | "to">,
): VerdictClass | null {
  const event = classOf(to);
  return event === "alive" && from === "none" ? null : event;
}

/** The environment variables that tell a hook of a transition, or of a cycle. */
export function hookEnvironment(
  event: VerdictClass | "cycle",
  { from, to }: Pick<Transition, "from" | "to">,
  { name, gateway, since }: {
    /** The session's name. */
    readonly name: string;
    /** Its gateway, as `HOST:PORT`. */
    readonly gateway: string;
    /** When the transition was by the wall clock as it is now, in ms since 1970. */
    readonly since: number;
  },
): Record<string, string> {
  return {
    LIFESIGN_HOOK_EVENT: event,
    LIFESIGN_HOOK_SESSION: name,
    LIFESIGN_HOOK_VERDICT: to,
    LIFESIGN_HOOK_PREVIOUS: from,
    LIFESIGN_HOOK_SINCE: new Date(since).toISOString(),
    LIFESIGN_HOOK_GATEWAY: gateway,
    LIFESIGN_HOOK_EXIT_CODE: `${exitCodeOf(to)}`,
  } satisfies HookEnvironment;
}

/** A fault as a hook tells of it; times in monotonic ms. */
export interface LastingFault {
  /** The transition to it. */
  readonly transition: Transition;
  /** When it began. */
  readonly since: number;
  /** When its hook was last wanted; `null` if it was not. */
  readonly lastTold: number | null;
}

/** When a fault's hook is wanted next, in monotonic ms; infinite for never. */
export function faultDue(
  { since, lastTold }: LastingFault,
  { onFaultAfter, onFaultEvery }: {
    /** How long the fault has to last before the first time, in ms. */
    readonly onFaultAfter: number;
    /** The time from then to the next, in ms; `null` for no other. */
    readonly onFaultEvery: number | null;
  },
): number {
  return lastTold === null
    ? since + onFaultAfter
    : onFaultEvery === null
    ? Infinity
    : lastTold + onFaultEvery;
}

/** The environment variables that tell a login why it runs. */
export function loginEnvironment(
  { attempt, reason, lastExit }: LoginRequest,
  { name, gateway }: {
    /** The session's name. */
    readonly name: string;
    /** Its gateway, as `HOST:PORT`. */
    readonly gateway: string;
  },
): Record<string, string> {
  return {
    LIFESIGN_HOOK_EVENT: "login",
    LIFESIGN_HOOK_SESSION: name,
    LIFESIGN_HOOK_GATEWAY: gateway,
    LIFESIGN_LOGIN_ATTEMPT: `${attempt}`,
    LIFESIGN_LOGIN_REASON: reason,
    LIFESIGN_LOGIN_LAST_EXIT: `${lastExit ?? ""}`,
  } satisfies HookEnvironment;
}

/** Whose turn it is: one at a time, and of those that wait only the newest. */
export interface Turns<T> {
  /** Whether it is somebody's turn. */
  readonly isTaken: boolean;
  /** Whose turn is next; `null` if nobody waits. */
  readonly next: T | null;
}

/** Nobody's turn. */
export const freeTurns: Turns<never> = { isTaken: false, next: null };

/** Replaces who waits, with `null` by nobody. Returns whose turn begins, if one does. */
export function wantTurn<T>(
  turns: Turns<T>,
  wanted: T | null,
): [Turns<T>, T | null] {
  return turns.isTaken || wanted === null
    ? [{ ...turns, next: wanted }, null]
    : [{ isTaken: true, next: null }, wanted];
}

/** A turn is over. Returns whose turn begins, if one does. */
export function endTurn<T>({ next }: Turns<T>): [Turns<T>, T | null] {
  return [{ isTaken: next !== null, next: null }, next];
}
