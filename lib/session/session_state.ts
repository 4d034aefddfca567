/**
 * One session as data, and what can happen to it.
 *
 * @module
 */
import type { Order, ProbeEvent } from "../probe/probe.ts";
import { type CreateProbe, withDatagrams } from "../probe/probes.ts";
import type { CycleResult, Report } from "../finding.ts";
import type {
  Dialogue,
  Heartbeat,
  Protocol,
  Setup,
} from "../protocol/protocol.ts";
import type { Family } from "../address.ts";
import { formatAddress } from "../parsers.ts";
import type { Verdict } from "../verdict.ts";
import type { Endpoint, Fault } from "../world.ts";
import { type Resolution, unknownResolution } from "./targets.ts";

/** How long a name may take to be looked up, and an identity to be read, in ms. */
export const prepareLimit = 5_000;

/** The settings of a session; durations in ms. */
export interface Session {
  /** What users call it. */
  readonly name: string;
  /** How its gateway is asked. */
  readonly protocol: Protocol;
  /** Makes the probe that carries it. */
  readonly createProbe: CreateProbe;
  /** The values of the protocol's own settings. */
  readonly values: Readonly<Record<string, unknown>>;
  /** What the files say that they name, by setting. */
  readonly files: Readonly<Record<string, unknown>>;
  /** Where the gateway is; its host may be a name, or the path of a unix socket. */
  readonly gateway: Endpoint;
  /** What is asked for there, from the slash on; empty for nothing. */
  readonly path: string;
  /** Streams: the death signs that count. */
  readonly deadOn: readonly string[];
  /** Streams: whether the connection is kept from cycle to cycle. */
  readonly hold: boolean;
  /** What names it at the gateway, at the start; empty where the protocol needs nothing, `null` until somebody has logged in. */
  readonly identity: string | null;
  /** Reads the identity again and calls back with it, or with `null` after a failure; `null` if it never changes. */
  readonly readIdentity:
    | ((callback: (identity: string | null) => void) => void)
    | null;
  /** The local address or the interface that datagrams leave by; `null` for what the routes say. */
  readonly bind: string | null;
  /** Other addresses that may answer for the gateway, in canonical form; `null` for none. */
  readonly replyFrom: readonly string[] | null;
  /** The address family that may be used. */
  readonly family: Family | "auto";
  /** From the start of a cycle to the start of the next one. */
  readonly interval: number;
  /** Cycles start up to this much earlier, at random. */
  readonly jitter: number;
  /** The wait after the first try. */
  readonly timeout: number;
  /** Tries in a series. */
  readonly tries: number;
  /** Death replies that make a death. */
  readonly confirm: number;
  /** How long the requests that confirm a death take at least. */
  readonly deadAfter: number;
  /** Ignores up to this many faults in a row. */
  readonly tolerate: number;
  /** How many alive cycles in a row end a fault. */
  readonly recover: number;
  /** How many cycles to make; `null` for no limit. */
  readonly count: number | null;
  /** Ends after this time without an alive verdict; `null` for never. */
  readonly giveUpAfter: number | null;
  /** The command that logs in once it is dead, or nothing names it; `null` if a death is the end. */
  readonly login: string | null;
  /** How many logins in a row may fail; `null` for any number. */
  readonly loginTries: number | null;
}

/** What a session has of these whose protocol has no use for them. */
export const noStream: Pick<
  Session,
  "createProbe" | "files" | "path" | "deadOn" | "hold"
> = {
  createProbe: withDatagrams,
  files: {},
  path: "",
  deadOn: [],
  hold: false,
};

/** A session's target as a URL. */
export function targetOf(
  { protocol, gateway, path }: {
    readonly protocol: Pick<Protocol, "scheme" | "write">;
    readonly gateway: Endpoint;
    readonly path: string;
  },
): string {
  const { scheme, write = formatAddress } = protocol;
  return `${scheme}://${write(gateway)}${path}`;
}

/** How a session with this identity is asked; `null` without one. */
export function openHeartbeat(
  { protocol, gateway, path, values, files }: Pick<
    Session,
    "protocol" | "gateway" | "path" | "values" | "files"
  >,
  identity: string | null,
): Heartbeat | Dialogue | null {
  if (identity === null) return null;
  const { host, port } = gateway;
  const setup: Setup = { identity, host, port, path, values, files };
  return protocol.open(setup);
}

/** What a session does at present. */
export type Phase =
  /** It waits for the next slot. */
  | { readonly type: "waiting"; readonly slot: number }
  /** A cycle has begun, and needs the identity or the gateway's addresses first. */
  | {
    readonly type: "preparing";
    readonly until: number;
    readonly identity: "pending" | "known";
    readonly hosts: "pending" | "known" | Fault;
  }
  /** A cycle is under way. */
  | { readonly type: "asking" }
  /** A cycle found the session dead; the identity is read again before that counts. */
  | {
    readonly type: "verifying";
    readonly until: number;
    readonly result: CycleResult;
  }
  /** It is over. */
  | { readonly type: "ended" };

/** The state of a session; times in monotonic ms. */
export interface SessionState {
  /** What it is. */
  readonly plan: Session;
  /** What it does. */
  readonly phase: Phase;
  /** The slot of the last cycle that was begun. */
  readonly slot: number;
  /** A slot of the fixed rate to return to after a wake; `null` unless a wake has started a cycle between slots. */
  readonly gridSlot: number | null;
  /** Cycles that have ended with a verdict. */
  readonly cycles: number;
  /** The identity that was read last; `null` before the first. */
  readonly identity: string | null;
  /** How it is asked; `null` without an identity. */
  readonly heartbeat: Heartbeat | Dialogue | null;
  /** Where the gateway is. */
  readonly resolution: Resolution;
  /** How long the gateway takes to answer at most, in ms; `null` before its first answer. */
  readonly smoothedRtt: number | null;
  /** The last verdict; `null` before the first. */
  readonly verdict: Verdict | null;
  /** The verdict that was last reported as a transition; `null` before the first. */
  readonly lastReported: Verdict | null;
  /** Faults in a row. */
  readonly faults: number;
  /** Alive verdicts in a row. */
  readonly alives: number;
  /** When the last alive verdict was reached, at first the start. */
  readonly aliveAt: number;
  /** The slot of the cycle in which a confirmation last started; `null` before the first. */
  readonly confirmedAt: number | null;
  /** When a connection that was held has last started a cycle by its end; `null` before the first. */
  readonly lostAt: number | null;
  /** How many cycles in a row were silent. */
  readonly silentCycles: number;
  /** How often in a row another identity was read before a death counted. */
  readonly restarts: number;
  /** Whether no identity could be read the last time that a death was about to count. */
  readonly isUnread: boolean;
  /** Whether somebody has logged in since the cycle that is under way began. */
  readonly isOvertaken: boolean;
}

/** What can happen to a session. */
export type SessionEvent =
  /** A deadline has been reached. */
  | { readonly type: "time" }
  /** Its probe reports something. */
  | ProbeEvent
  /** The machine has woken from a suspend. */
  | { readonly type: "wake" }
  /** The resolver's answer: the gateway's addresses, at least one, or a fault. */
  | { readonly type: "hosts"; readonly answer: readonly string[] | Fault }
  /** The settings have changed. The next cycle starts at monotonic time `start` at the latest. */
  | {
    readonly type: "plan";
    readonly plan: Session;
    readonly start: number;
  }
  /** The identity was read; `null` after a failure, which leaves the last one in use. */
  | { readonly type: "identity"; readonly identity: string | null }
  /** Somebody has logged in: a cycle has to find out at once whether that has helped. */
  | { readonly type: "ask" }
  /** No login can help: the session is dead. */
  | { readonly type: "hopeless" };

/** What has to be done. */
export type Effect =
  /** Make a cycle. */
  | { readonly type: "begin"; readonly order: Order }
  /** Ask the resolver for the gateway's addresses. */
  | { readonly type: "look-up" }
  /** Read the identity. */
  | { readonly type: "read-identity" }
  /** Remember what is known of the gateway's address now; comes before the report of the cycle that found it out. */
  | { readonly type: "located"; readonly resolution: Resolution }
  /** Send a report. */
  | { readonly type: "report"; readonly report: Report };

/** A state, and what has to be done. */
export type Step = [SessionState, Effect[]];

/** Begins a session. Its first cycle starts at monotonic time `slot`. `resolution` is what is known of the gateway's address. */
export function beginSession(
  plan: Session,
  slot: number,
  resolution: Resolution = unknownResolution(plan.gateway.host),
): SessionState {
  return {
    plan,
    phase: { type: "waiting", slot },
    slot,
    gridSlot: null,
    cycles: 0,
    identity: plan.identity,
    heartbeat: openHeartbeat(plan, plan.identity),
    resolution,
    smoothedRtt: null,
    verdict: null,
    lastReported: null,
    faults: 0,
    alives: 0,
    aliveAt: slot,
    confirmedAt: null,
    lostAt: null,
    silentCycles: 0,
    restarts: 0,
    isUnread: false,
    isOvertaken: false,
  };
}

/** When the session has to act next without an event, in monotonic ms; infinite for never. */
export function deadline(state: SessionState): number {
  const { phase } = state;
  switch (phase.type) {
    case "waiting":
      return Math.min(phase.slot, givesUpAt(state));
    case "preparing":
    case "verifying":
      return phase.until;
    case "asking":
    case "ended":
      return Infinity;
  }
}

/** The slot of the next cycle, or of the one under way, in monotonic ms; `null` once the session is over. */
export function nextStart({ phase, slot }: SessionState): number | null {
  switch (phase.type) {
    case "waiting":
      return phase.slot;
    case "ended":
      return null;
    default:
      return slot;
  }
}

/** When a session gives up if it is not alive before, in monotonic ms; infinite for never. */
export function givesUpAt({ plan, aliveAt }: SessionState): number {
  return plan.giveUpAfter === null ? Infinity : aliveAt + plan.giveUpAfter;
}

/** An interval may be a little shorter by rounding errors, in ms. */
const roundingError = 1e-3;

/**
 * Whether a confirmation may start: at most one per interval or `deadAfter`,
 * whichever is longer, so that forged deaths can't multiply requests. One whose
 * answers were lost does not count. A session that is dead may start one in each
 * cycle, or it would be called silent by a cycle that comes early.
 */
export function mayConfirm(
  { slot, confirmedAt, plan, verdict }: SessionState,
): boolean {
  const least = Math.max(plan.interval, plan.deadAfter) - roundingError;
  // A late death reply has started one for this very cycle.
  return confirmedAt === null || slot === confirmedAt || verdict === "dead" ||
    slot - confirmedAt >= least;
}
