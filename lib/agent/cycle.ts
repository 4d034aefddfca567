/**
 * One heartbeat, from the first try to its verdict, as data: retransmission,
 * judging to the end of the wait, and the confirmation of a death. Nothing
 * here touches the outside: {@linkcode advanceCycle} says what is to be sent.
 *
 * @module
 */
import type { Flaw, Heartbeat, Reply } from "../protocol/heartbeat.ts";
import type { Verdict } from "../verdict.ts";
import type { Endpoint, Fault } from "../world.ts";

/** Why a datagram was not a valid reply, or not one that is still wanted. */
export type Reason =
  | Flaw
  /** It came from an address or port that nothing was sent to. */
  | "source"
  /** Its socket was answered before. */
  | "duplicate"
  /** A valid reply to a cycle that is over. */
  | "late";

/** How many datagrams were discarded, by reason; absent means none. */
export type Reasons = { readonly [R in Reason]?: number };

/** How a cycle is to be made; it does not change while the cycle lasts. */
export interface CyclePlan {
  /** What to send, and how to judge the answers. */
  readonly heartbeat: Heartbeat;
  /** The addresses that tries go round; at least one. */
  readonly targets: readonly Endpoint[];
  /** How long to wait after the first try of a series, in ms; half as long again after each further one. */
  readonly timeout: number;
  /** How many tries a series has, at least 1. */
  readonly tries: number;
  /** How many death replies make a death, at least 1. */
  readonly confirm: number;
  /** Whether a death reply may start further series to confirm it. */
  readonly mayConfirm: boolean;
  /** How long the gateway takes to prove a sign of life, in ms; `null` if that is not known. */
  readonly rtt: number | null;
}

/** A socket of a cycle. It stays of interest while it lingers after the cycle's end. */
export interface CycleSocket {
  /** Its number in the session; no two are the same. */
  readonly id: number;
  /** Its local port; `null` until it is bound. */
  readonly port: number | null;
  /** Where each of its tries went that left this machine. */
  readonly asked: readonly Endpoint[];
  /** When its first try was made, in monotonic ms. */
  readonly since: number;
  /** What it was answered first; an `alive` replaces a `dead`. */
  readonly answer: Reply | null;
}

/** What decided a cycle, or the last it did if nothing came back. */
export interface CycleResult {
  /** What the cycle found out. */
  readonly verdict: Verdict;
  /** The address that answered, else the last one sent to. */
  readonly address: Endpoint | null;
  /** From the first try on the answering socket to the answer, in ms; `null` without one. */
  readonly rtt: number | null;
  /** How many datagrams left this machine. */
  readonly tries: number;
  /** The answering socket's port, else the last one's; `null` if none could be bound. */
  readonly localPort: number | null;
  /** How many death replies came, one a socket at most; with those of earlier cycles that a death rests on. */
  readonly deadReplies: number;
  /** Datagrams that were discarded. */
  readonly reasons: Reasons;
  /** What failed last on this machine; `null` if nothing did. */
  readonly fault: Fault | null;
}

/** How many of a cycle's datagrams nothing valid had answered when it ended. A death rests on replies of earlier cycles, too, so that there may be more replies than tries. */
export function lossesOf({ verdict, tries, deadReplies }: CycleResult): number {
  const answers = deadReplies + (verdict === "alive" ? 1 : 0);
  return Math.max(0, tries - answers);
}

/** A cycle that has begun. */
export interface Cycle {
  /** How it is made. */
  readonly plan: CyclePlan;
  /** Its sockets, one a series, the current one last. */
  readonly sockets: readonly CycleSocket[];
  /** The number of the current series' last try, from 1. */
  readonly attempt: number;
  /** When the current wait is over, in monotonic ms. */
  readonly deadline: number;
  /** Whether enough death replies have come and the last wait runs. */
  readonly confirming: boolean;
  /** Death replies of earlier cycles that still count. */
  readonly earlierDeaths: number;
  /** Tries over all series, whatever became of them. */
  readonly made: number;
  /** Those that were not refused by this machine. */
  readonly sent: number;
  /** Death replies so far. */
  readonly deadReplies: number;
  /** The last answer that decided something. */
  readonly answered:
    | { from: Endpoint; rtt: number; port: number | null }
    | null;
  /** Datagrams that were discarded so far. */
  readonly reasons: Reasons;
  /** What failed last on this machine. */
  readonly fault: Fault | null;
  /** The end; `null` while it goes on. */
  readonly result: CycleResult | null;
}

/** What can happen to a cycle. */
export type CycleEvent =
  /** The deadline has been reached. */
  | { readonly type: "time" }
  /** A socket was bound. */
  | { readonly type: "bound"; readonly socket: number; readonly port: number }
  /** A try could not be made: no socket, or nothing left it. */
  | {
    readonly type: "unsent";
    readonly socket: number;
    readonly to: Endpoint;
    readonly fault: Fault;
  }
  /** Something arrived. */
  | {
    readonly type: "datagram";
    readonly socket: number;
    readonly from: Endpoint;
    readonly bytes: Uint8Array;
  };

/** A try to be made now, on a socket that is bound when its first try is made. */
export interface Send {
  /** Tells it from other effects. */
  readonly type: "send";
  /** The socket's number. */
  readonly socket: number;
  /** Where to. */
  readonly to: Endpoint;
  /** What. */
  readonly bytes: Uint8Array;
}

/** How long to wait after each try of a series, in ms. */
export function waits(timeout: number, tries: number): number[] {
  return Array.from({ length: tries }, (_, k) => timeout * 1.5 ** k);
}

/** How long a cycle lasts at most after its name was looked up, in ms. */
export function cycleBudget(
  { timeout, tries, confirm }: Pick<
    CyclePlan,
    "timeout" | "tries" | "confirm"
  >,
): number {
  const series = waits(timeout, tries).reduce((sum, wait) => sum + wait, 0);
  return confirm * series + timeout;
}

/**
 * When the wait is over that begins with the last death reply, at monotonic
 * time `now`. An echo that is under way must have the time to arrive, also from
 * a gateway that is slow: hence its round trip and half as long again, up to a
 * series of tries, if that is longer than a timeout and within the cycle's budget.
 */
function lastWait(
  { plan, sockets }: Pick<Cycle, "plan" | "sockets">,
  now: number,
): number {
  const { timeout, tries, rtt } = plan;
  const series = waits(timeout, tries).reduce((sum, wait) => sum + wait, 0);
  const start = sockets[0]?.since ?? now;
  const patient = Math.min(
    now + Math.min(1.5 * (rtt ?? 0), series),
    start + cycleBudget(plan),
  );
  return Math.max(now + timeout, patient);
}

/** Begins a cycle with its first try. */
export function beginCycle(
  plan: CyclePlan,
  options: CycleStart,
): [Cycle, Send[]] {
  return beginSeries(blank(plan, options), options.firstSocket, options.now);
}

/** A cycle that asks nothing: enough death replies came late, and one more timeout is waited for a sign of life. */
export function beginListening(plan: CyclePlan, options: CycleStart): Cycle {
  const cycle = blank(plan, options);
  const deadline = lastWait(cycle, options.now);
  return { ...cycle, confirming: true, deadline };
}

/** The end of a cycle by a sign of life on a socket that is not its own. */
export function endAlive(
  cycle: Cycle,
  answered: Cycle["answered"],
): Cycle {
  return end({ ...cycle, answered }, "alive");
}

/** What a cycle begins with. */
export interface CycleStart {
  /** Monotonic time in ms. */
  readonly now: number;
  /** The number that its first socket gets; further ones count up from there. */
  readonly firstSocket: number;
  /** Death replies of earlier cycles that still count. */
  readonly earlierDeaths: number;
}

function blank(plan: CyclePlan, options: CycleStart): Cycle {
  return {
    plan,
    sockets: [],
    attempt: 0,
    deadline: options.now,
    confirming: false,
    earlierDeaths: options.earlierDeaths,
    made: 0,
    sent: 0,
    deadReplies: 0,
    answered: null,
    reasons: {},
    fault: null,
    result: null,
  };
}

/** What becomes of a cycle by an event at monotonic time `now`, and what it sends. */
export function advanceCycle(
  cycle: Cycle,
  event: CycleEvent,
  now: number,
): [Cycle, Send[]] {
  if (cycle.result !== null) return [cycle, []];
  switch (event.type) {
    case "time":
      return now < cycle.deadline ? [cycle, []] : waitIsOver(cycle, now);
    case "bound":
      return [
        changeSocket(cycle, event.socket, { port: event.port }),
        [],
      ];
    case "unsent":
      return unsent(cycle, event, now);
    case "datagram":
      return receive(cycle, event, now);
  }
}

/**
 * What a datagram on a socket is: a reply that counts, or the reason why it
 * does not.
 */
export function judgeDatagram(
  socket: CycleSocket,
  { heartbeat, from, bytes }: {
    readonly heartbeat: Heartbeat;
    readonly from: Endpoint;
    readonly bytes: Uint8Array;
  },
): { readonly reply: Reply } | { readonly reason: Reason } {
  if (!socket.asked.some((asked) => same(asked, from))) {
    return { reason: "source" };
  }
  const judgement = heartbeat.judge(bytes);
  if ("flaw" in judgement) return { reason: judgement.flaw };
  const { reply } = judgement;
  // Life is proven by an echo of the UID; a death reply proves little.
  const news = socket.answer === null ||
    socket.answer === "dead" && reply === "alive";
  return news ? { reply } : { reason: "duplicate" };
}

/** Counts one more datagram that was discarded. */
export function count(reasons: Reasons, reason: Reason): Reasons {
  return { ...reasons, [reason]: (reasons[reason] ?? 0) + 1 };
}

function beginSeries(cycle: Cycle, id: number, now: number): [Cycle, Send[]] {
  const socket: CycleSocket = {
    id,
    port: null,
    asked: [],
    since: now,
    answer: null,
  };
  const sockets = cycle.sockets.concat(socket);
  return makeTry({ ...cycle, sockets, attempt: 0 }, now);
}

/** Where the try goes that comes after so many. */
function targetOf({ plan: { targets } }: Cycle, made: number): Endpoint {
  return targets[made % targets.length]!;
}

function makeTry(cycle: Cycle, now: number): [Cycle, Send[]] {
  const { timeout, heartbeat } = cycle.plan;
  const socket = cycle.sockets.at(-1)!;
  const to = targetOf(cycle, cycle.made);
  const asked = socket.asked.concat(to);
  const next = {
    ...changeSocket(cycle, socket.id, { asked }),
    attempt: cycle.attempt + 1,
    made: cycle.made + 1,
    sent: cycle.sent + 1,
    deadline: now + timeout * 1.5 ** cycle.attempt,
  };
  const { request: bytes } = heartbeat;
  return [next, [{ type: "send", socket: socket.id, to, bytes }]];
}

function waitIsOver(cycle: Cycle, now: number): [Cycle, Send[]] {
  const { tries, confirm } = cycle.plan;
  if (cycle.confirming) {
    const dead = cycle.earlierDeaths + cycle.deadReplies >= confirm;
    return [end(cycle, dead ? "dead" : "silent"), []];
  }
  if (cycle.attempt < tries) return makeTry(cycle, now);
  return [end(cycle, withoutReply(cycle)), []];
}

function withoutReply({ deadReplies, sent, reasons }: Cycle): Verdict {
  if (deadReplies > 0) return "silent";
  if (sent === 0) return "unsendable";
  const { length, uid, tail } = reasons;
  return length || uid || tail ? "garbled" : "silent";
}

function unsent(
  cycle: Cycle,
  { socket: id, to, fault }: Extract<CycleEvent, { type: "unsent" }>,
  now: number,
): [Cycle, Send[]] {
  const asked = cycle.sockets.find((socket) => socket.id === id)?.asked ?? [];
  // Somebody who could not be asked has nothing to answer.
  const at = asked.findIndex((asked) => same(asked, to));
  const rest = asked.filter((_, k) => k !== at);
  const next = {
    ...changeSocket(cycle, id, { asked: rest }),
    sent: cycle.sent - 1,
    fault,
  };
  const last = cycle.sockets.at(-1)?.id === id && !cycle.confirming &&
    cycle.attempt === cycle.plan.tries;
  return last ? waitIsOver(next, now) : [next, []];
}

function receive(
  cycle: Cycle,
  event: Extract<CycleEvent, { type: "datagram" }>,
  now: number,
): [Cycle, Send[]] {
  const { heartbeat, confirm, mayConfirm } = cycle.plan;
  const { from, bytes } = event;
  const socket = cycle.sockets.find(({ id }) => id === event.socket);
  if (socket === undefined) return [cycle, []];
  const judgement = judgeDatagram(socket, { heartbeat, from, bytes });
  if ("reason" in judgement) {
    return [{
      ...cycle,
      reasons: count(cycle.reasons, judgement.reason),
    }, []];
  }
  const { reply } = judgement;
  const next = {
    ...changeSocket(cycle, socket.id, { answer: reply }),
    answered: { from, rtt: now - socket.since, port: socket.port },
    deadReplies: cycle.deadReplies + (reply === "dead" ? 1 : 0),
  };
  if (reply === "alive") return [end(next, "alive"), []];
  if (cycle.earlierDeaths + next.deadReplies >= confirm) {
    const deadline = lastWait(next, now);
    return [{ ...next, confirming: true, deadline }, []];
  }
  return mayConfirm ? beginSeries(next, socket.id + 1, now) : [next, []];
}

function end(cycle: Cycle, verdict: Verdict): Cycle {
  const {
    sockets,
    answered,
    made,
    sent,
    deadReplies,
    earlierDeaths,
    reasons,
    fault,
  } = cycle;
  const last = sockets.at(-1);
  const result = {
    verdict,
    address: answered?.from ?? (made > 0 ? targetOf(cycle, made - 1) : null),
    rtt: answered?.rtt ?? null,
    tries: sent,
    localPort: answered ? answered.port : last?.port ?? null,
    deadReplies: deadReplies + (verdict === "dead" ? earlierDeaths : 0),
    reasons,
    fault,
  };
  return { ...cycle, result };
}

function changeSocket(
  cycle: Cycle,
  id: number,
  change: Partial<CycleSocket>,
): Cycle {
  const sockets = cycle.sockets.map((socket) =>
    socket.id === id ? { ...socket, ...change } : socket
  );
  return { ...cycle, sockets };
}

function same(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.host === b.host;
}
