/**
 * What one cycle finds out about a session, and what is reported.
 *
 * @module
 */
import type { Verdict } from "./verdict.ts";
import type { Endpoint, Fault } from "./world.ts";

/** The reasons for discarding that all protocols of datagrams share. Each adds its flaws. */
export const commonReasons = [
  /** It came from an address or port that nothing was sent to. */
  "source",
  /** Its socket was answered before. */
  "duplicate",
  /** A valid reply to a cycle that is over. */
  "late",
  /** A death reply that nothing had asked for: somebody forges deaths. */
  "forged",
  /** A death reply of an address that the gateway's name has no more. */
  "moved",
] as const;

/** Those of them that streams have, too. */
const streamReasons: readonly string[] = ["late", "moved"];

/** The code of the fault when two targets contradict each other, so that no verdict is reached. */
export const disagreeCode = "EDISAGREE";

/** All reasons that a protocol's cycles may have, in the order in which they are shown. */
export function reasonsOf(
  { carrier, flaws }: {
    readonly carrier: "datagram" | "stream";
    readonly flaws: readonly { readonly name: string }[];
  },
): string[] {
  const own = flaws.map(({ name }) => name);
  const [source, ...others] = commonReasons;
  return carrier === "stream"
    ? [...own, ...streamReasons]
    : [source, ...own, ...others];
}

/** How many datagrams, or answers on connections, were discarded, by reason; absent means none. */
export type Reasons = Readonly<Record<string, number>>;

/** Counts one more that was discarded. */
export function countReason(reasons: Reasons, reason: string): Reasons {
  return { ...reasons, [reason]: (reasons[reason] ?? 0) + 1 };
}

/** What a portal tells about a login; what it does not tell is absent. */
export interface Portal {
  /** The user's name. */
  readonly user?: string;
  /** The address that is logged in. */
  readonly address?: string;
  /** How long it has been, in seconds. */
  readonly secondsOnline?: number;
  /** How long it will be, in seconds. */
  readonly secondsLeft?: number;
  /** The traffic so far, in bytes. */
  readonly bytes?: number;
}

/** How long the steps of a connection took, in ms; `null` for one that was not reached. */
export interface Phases {
  /** Until the peer's kernel accepted it. */
  readonly connect: number | null;
  /** From there until it was secured; `null` without TLS, too. */
  readonly tls: number | null;
  /** From there until the peer's first bytes. */
  readonly greeting: number | null;
  /** From there, or from the question on a connection that was kept, until the verdict. */
  readonly proof: number | null;
}

/** What a cycle of a stream protocol tells besides. */
export interface StreamFacts {
  /** What the peer says in the end, in a few words; `null` for nothing. */
  readonly note: string | null;
  /** What is not as it was expected, though it stops nothing; `null` for nothing. */
  readonly warning: string | null;
  /** Whether the answer came on a connection that had been kept. */
  readonly isHeld: boolean;
  /** Why the connection that had been kept was replaced; `null` if none was. */
  readonly reconnect: string | null;
  /** How long the deciding connection's steps took. */
  readonly phases: Phases;
  /** What a portal told; `null` for nothing. */
  readonly portal: Portal | null;
}

/** How long a request and its reply were under way, by the clocks of both sides, in ms. What these differ by is in it. */
export interface OneWay {
  /** From here to the peer. */
  readonly there: number;
  /** And back. */
  readonly back: number;
}

/** The result of a cycle. */
export interface CycleResult {
  /** Its verdict. */
  readonly verdict: Verdict;
  /** The address that answered, else the last one sent to. */
  readonly address: Endpoint | null;
  /** The round trip, in ms; `null` without an answer, or if the answering socket had made more than one try and the answer names none (Karn). */
  readonly rtt: number | null;
  /** From the cycle's first try to the answer that decided it, in ms; `null` without an answer. */
  readonly answerTime: number | null;
  /** How many datagrams left this machine, or how many connections were tried, the one that was held among them. */
  readonly tries: number;
  /** How many tries were made before the one that was answered; absent if that is not known. Later ones may still be under way. */
  readonly lost?: number;
  /** How long the request that was answered and its answer were under way; absent if that can't be told. */
  readonly oneWay?: OneWay;
  /** The answering socket's port, else the last one's; `null` if none could be bound. */
  readonly localPort: number | null;
  /** How many sockets received a death reply; a late one that started a confirmation counts. */
  readonly deadReplies: number;
  /** Datagrams that were discarded. */
  readonly reasons: Reasons;
  /** What failed last on this machine; `null` if nothing did. */
  readonly fault: Fault | null;
  /** Of datagrams: what a router or a host says of them; absent for nothing. */
  readonly note?: string;
  /** Of a stream protocol: what else there is to tell; absent for datagrams. */
  readonly stream?: StreamFacts;
}

/** How many of a cycle's datagrams had no valid answer at its end. With a late death reply, replies can outnumber tries. */
export function lossesOf(
  { verdict, tries, deadReplies, lost }: CycleResult,
): number {
  if (lost !== undefined) return lost;
  const answers = deadReplies + (verdict === "alive" ? 1 : 0);
  return Math.max(0, tries - answers);
}

/** What is reported about a session. */
export type Report =
  | CycleReport
  | LateReport
  | TransitionReport
  /** The connection that was held has been replaced, for this reason; the session is alive. */
  | { readonly type: "reconnect"; readonly reason: string }
  | LoginReport
  /** There is nothing yet that names the session at its peer, so that nothing was asked. */
  | { readonly type: "unnamed" }
  /** The session is over; no report follows. */
  | { readonly type: "ended"; readonly verdict: Verdict };

/** A cycle has reached its verdict. */
export interface CycleReport {
  /** Tells it from other reports. */
  readonly type: "cycle";
  /** What the cycle found out. */
  readonly result: CycleResult;
}

/** A late sign of life has corrected the last verdict. */
export interface LateReport {
  /** Tells it from other reports. */
  readonly type: "late";
  /** The last verdict from now on. */
  readonly verdict: "alive";
  /** The round trip, in ms; `null` if its socket had made more than one try and the reply names none (Karn). */
  readonly rtt: number | null;
  /** From the first try of its cycle to the sign of life, in ms. */
  readonly answerTime: number;
}

/** The class of the verdict has changed. */
export interface TransitionReport {
  /** Tells it from other reports. */
  readonly type: "transition";
  /** The verdict of the last transition; `none` before the first. */
  readonly from: Verdict | "none";
  /** The verdict now. */
  readonly to: Verdict;
  /** The report that it follows from, which comes right before it; `null` if logging in was given up. */
  readonly cause: CycleReport | LateReport | null;
}

/** Why somebody has to log in: nothing names the session yet, or it is dead. */
export type LoginReason = "start" | "dead";

/** What a session's logins are at. */
export interface LoginStatus {
  /** Not needed, due at a time, running, ended well (the next verdict says whether that has helped), or given up. */
  readonly state: "idle" | "due" | "running" | "hopeful" | "over";
  /** Why the present or last one is needed. */
  readonly reason: LoginReason;
  /** Which one it is, from 1, since the session was last alive for ten minutes: the next one if that is due, else the present or last one. */
  readonly attempt: number;
  /** When the next one starts, in monotonic ms; `null` unless one is due. */
  readonly at: number | null;
  /** How the last one ended: its exit status, or what has ended it in a word; `null` without one. */
  readonly lastExit: number | string | null;
}

/** Something has changed about a session's logins. */
export interface LoginReport {
  /** Tells it from other reports. */
  readonly type: "login";
  /** What they are at now. */
  readonly status: LoginStatus;
  /** How long it is until the next one, in ms; `null` unless one is due. */
  readonly wait: number | null;
  /** Whether one has just ended. */
  readonly isEnd: boolean;
}
