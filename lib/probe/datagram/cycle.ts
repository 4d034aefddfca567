/**
 * One heartbeat, from the first try to its verdict, as data: retransmission,
 * judging to the end of the wait, and the confirmation of a death. Nothing
 * here touches the outside: {@linkcode advanceCycle} says what has to be done.
 *
 * A death reply proves little, since anybody can send one: a flood of all ports
 * hits a socket now and then, and a lossy network swallows the true answer. So the
 * first one does not end a cycle. All requests that are left follow, each from a
 * fresh socket, and an echo on any of them wins.
 *
 * @module
 */
import {
  countReason,
  type CycleResult,
  type OneWay,
  type Reasons,
} from "../../finding.ts";
import { type Family, familyOf } from "../../address.ts";
import type { Moment } from "../../machine.ts";
import { seriesTime, waitAfter } from "../../tries.ts";
import type { PeerTimes, Reply } from "../../protocol/protocol.ts";
import type { Answered, DatagramOrder } from "../probe.ts";
import type { Verdict } from "../../verdict.ts";
import type { Endpoint, Fault, IcmpNotice } from "../../world.ts";
import { noteOf } from "./icmp.ts";
import { wrongRouteCode } from "../source_address.ts";

/** A request that was sent. */
export interface Asked {
  /** Where to. */
  readonly to: Endpoint;
  /** What. */
  readonly bytes: Uint8Array;
  /** When, in monotonic ms. */
  readonly at: number;
}

/** A socket of a cycle. */
export interface CycleSocket {
  /** Its number in the session; no two are the same. */
  readonly id: number;
  /** The family of the addresses that it asks. */
  readonly family: Family | null;
  /** Its local port; `null` until it is bound. */
  readonly port: number | null;
  /** Each of its tries that left this machine. */
  readonly asked: readonly Asked[];
  /** How many tries were made on it, sent or not. */
  readonly tries: number;
  /** When its first try was made, as soon as it was bound, in monotonic ms. */
  readonly since: number;
  /** What it was answered first; an `alive` replaces a `dead`. */
  readonly answer: Reply | null;
  /** How many death replies came to it. */
  readonly deaths: number;
  /** When the first of them came, in monotonic ms; `null` if none did. */
  readonly deathAt: number | null;
}

/** The confirmation of a death, from its first reply on. */
export interface Confirmation {
  /** Requests that are still to be made. */
  readonly left: number;
  /** From one of them to the next, in ms. */
  readonly gap: number;
  /** When the last request was made, in monotonic ms. */
  readonly lastAt: number;
  /** Death replies that nothing had asked for. */
  readonly forged: number;
  /** Whether it is known that all datagrams take the same line. */
  readonly isOneLine: boolean;
  /** Whether only that is missing for the death to count. */
  readonly isAwaited: boolean;
}

/** A cycle that has begun. */
export interface Cycle {
  /** What was ordered. */
  readonly plan: DatagramOrder;
  /** When it began, in monotonic ms. */
  readonly since: number;
  /** Its sockets, the current one last. */
  readonly sockets: readonly CycleSocket[];
  /** When the current wait is over, in monotonic ms. */
  readonly deadline: number;
  /** The confirmation of a death; `null` if none is under way. */
  readonly confirmation: Confirmation | null;
  /** The late death reply that it is to confirm; `null` if none has started it. */
  readonly lateDeath: Answered | null;
  /** Tries so far, sent or not. */
  readonly made: number;
  /** Those that were not refused by this machine. */
  readonly sent: number;
  /** The last answer that decided something. */
  readonly answered: Answered | null;
  /** Datagrams that were discarded so far. */
  readonly reasons: Reasons;
  /** How many of them had a flaw. */
  readonly flawed: number;
  /** What failed last on this machine. */
  readonly fault: Fault | null;
  /** What ICMP said last; `null` for nothing. */
  readonly notice: IcmpNotice | null;
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
  }
  /** ICMP says that a datagram did not arrive. */
  | {
    readonly type: "icmp";
    readonly socket: number;
    readonly notice: IcmpNotice;
  }
  /** The kernel has said which line datagrams take; with a `fault`, nobody knows, and no death counts. */
  | { readonly type: "uplinks"; readonly fault: Fault | null }
  /** Something arrived at a decoy, a socket that never sends anything. */
  | {
    readonly type: "decoy";
    readonly from: Endpoint;
    readonly bytes: Uint8Array;
  };

/** What has to be done for a cycle. */
export type CycleEffect =
  | Send
  /** Confirm a death reply from this address: let decoys listen to the end, and ask which lines datagrams take. */
  | { readonly type: "confirm"; readonly from: Endpoint };

/** Make a try now. A socket is bound at its first try. */
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

/** How long a cycle may last after the look-up, in ms. */
export function cycleBudget(
  plan: Pick<DatagramOrder, "timeout" | "tries" | "confirm" | "deadAfter">,
): number {
  const { confirm, deadAfter, timeout } = plan;
  return (confirm + 1) * seriesTime(plan) + deadAfter + timeout;
}

/** Begins a cycle with its first try, on a socket with the number `firstSocket`; further ones count up from there. */
export function beginCycle(
  plan: DatagramOrder,
  firstSocket: number,
  moment: Moment,
): [Cycle, CycleEffect[]] {
  const { now } = moment;
  const { lateDeath } = plan;
  const cycle: Cycle = {
    plan,
    since: now,
    sockets: [],
    deadline: now,
    confirmation: null,
    lateDeath,
    made: 0,
    sent: 0,
    answered: lateDeath,
    reasons: {},
    flawed: 0,
    fault: null,
    notice: null,
    result: null,
  };
  const [next, sends] = makeTry(cycle, firstSocket, moment);
  return lateDeath === null ? [next, sends] : confirm(next, now, sends);
}

/** Ends a cycle by a sign of life on an earlier cycle's socket. */
export function endAlive(
  cycle: Cycle,
  { from, rtt, answerTime, port }: Answered,
): Cycle {
  return end({ ...cycle, answered: { from, rtt, answerTime, port } }, "alive");
}

/** Lets the cycle under way confirm a late death reply to an earlier one. */
export function hearLateDeath(
  cycle: Cycle,
  { from, rtt, answerTime, port }: Answered,
  now: number,
): [Cycle, CycleEffect[]] {
  const lateDeath = { from, rtt, answerTime, port };
  return cycle.plan.mayConfirm && cycle.confirmation === null
    ? confirm({ ...cycle, lateDeath, answered: lateDeath }, now, [])
    : [cycle, []];
}

/** The cycle after an event, and what has to be done. */
export function advanceCycle(
  cycle: Cycle,
  event: CycleEvent,
  moment: Moment,
): [Cycle, CycleEffect[]] {
  const { now } = moment;
  if (cycle.result !== null) return [cycle, []];
  switch (event.type) {
    case "time":
      return now < cycle.deadline ? [cycle, []] : waitIsOver(cycle, moment);
    case "bound":
      return [onBound(cycle, event, now), []];
    case "unsent":
      return unsent(cycle, event, moment);
    case "datagram":
      return receive(cycle, event, moment);
    case "icmp":
      return [onIcmp(cycle, event), []];
    case "uplinks":
      return [onUplinks(cycle, event.fault), []];
    case "decoy":
      return [onDecoy(cycle, event), []];
  }
}

/** Judges a datagram on a socket. */
export function judgeDatagram(
  socket: CycleSocket,
  { plan, from, bytes, wallTime }: {
    readonly plan: DatagramOrder;
    readonly from: Endpoint;
    readonly bytes: Uint8Array;
    /** When it arrived, in ms since 1970; absent if that does not matter. */
    readonly wallTime?: number;
  },
): DatagramJudgement {
  if (!mayAnswer(socket, from, plan)) return { reason: "source" };
  const { asked } = socket;
  const requests = requestsOf(socket);
  const judgement = plan.heartbeat.judge(bytes, requests, wallTime);
  if ("flaw" in judgement) return { reason: judgement.flaw, isFlaw: true };
  const { reply, answers, peerTimes } = judgement;
  if (reply === "dead" && from.host === plan.doubtful) {
    return { reason: "moved" };
  }
  // Life is proven by an echo of the UID; a death reply proves little.
  const isNews = socket.answer === null ||
    socket.answer === "dead" && reply === "alive";
  if (!isNews) return { reason: "duplicate", reply };
  const sentAt = answers === undefined ? null : asked[answers]?.at ?? null;
  return { reply, sentAt, ...peerTimes && { peerTimes } };
}

/** A reply that counts, or the reason why a datagram does not. */
export type DatagramJudgement =
  | {
    readonly reply: Reply;
    /** When the request that it answers was sent, in monotonic ms; `null` if unknown. */
    readonly sentAt: number | null;
    /** What the peer's clock says; absent if it says nothing. */
    readonly peerTimes?: PeerTimes;
    readonly reason?: never;
  }
  | {
    readonly reason: string;
    /** Whether the protocol found a flaw in it. */
    readonly isFlaw?: true;
    /** What it says nevertheless. */
    readonly reply?: Reply;
  };

function requestsOf({ asked }: CycleSocket): Uint8Array[] {
  return asked.map(({ bytes }) => bytes);
}

/** Whether a socket has sent to this address, or to one that it may answer for. */
function mayAnswer(
  { asked }: CycleSocket,
  from: Endpoint,
  { replyFrom }: DatagramOrder,
): boolean {
  return asked.some(({ to: { host, port } }) =>
    port === from.port && (host === from.host || replyFrom.includes(from.host))
  );
}

/** The round trip of an answer at monotonic time `now`, in ms; `null` if it is unknown which try was answered (Karn). */
export function roundTrip(
  { tries, since }: Pick<CycleSocket, "tries" | "since">,
  sentAt: number | null,
  now: number,
): number | null {
  if (tries === 1) return now - since;
  return sentAt === null ? null : now - sentAt;
}

/** Notes a socket's port. Its first round trip begins now: waiting for room and for the kernel is no part of it. */
function onBound(
  cycle: Cycle,
  { socket: id, port }: Extract<CycleEvent, { type: "bound" }>,
  now: number,
): Cycle {
  const socket = cycle.sockets.find((socket) => socket.id === id);
  const since = socket?.tries === 1 ? { since: now } : {};
  return changeSocket(cycle, id, { port, ...since });
}

/** Where a try goes; the first has number 0. */
function targetOf({ plan: { targets } }: Cycle, attempt: number): Endpoint {
  return targets[attempt % targets.length]!;
}

/**
 * Makes a try and waits for its answer. It leaves from the cycle's socket of the
 * target's family, or from a fresh one, `id`, if there is none or a death is
 * being confirmed.
 */
function makeTry(
  cycle: Cycle,
  id: number,
  { now, wallTime, random }: Moment,
): [Cycle, CycleEffect[]] {
  const { plan: { timeout, heartbeat }, made, confirmation } = cycle;
  const bytes = heartbeat.request({ wallTime, random, attempt: made });
  const to = targetOf(cycle, made);
  const family = familyOf(to.host);
  const known = cycle.sockets.find((socket) => socket.family === family);
  const socket = confirmation === null && known
    ? known
    : freshSocket({ id, family }, now);
  const used = {
    ...socket,
    asked: socket.asked.concat({ to, bytes, at: now }),
    tries: socket.tries + 1,
  };
  const next = {
    ...cycle,
    sockets: cycle.sockets.filter((it) => it !== socket).concat(used),
    made: made + 1,
    sent: cycle.sent + 1,
    deadline: now + waitAfter(timeout, made),
  };
  return [next, [{ type: "send", socket: socket.id, to, bytes }]];
}

function freshSocket(
  { id, family }: Pick<CycleSocket, "id" | "family">,
  since: number,
): CycleSocket {
  return {
    id,
    family,
    since,
    port: null,
    asked: [],
    tries: 0,
    answer: null,
    deaths: 0,
    deathAt: null,
  };
}

/** The number of the cycle's next socket. */
function nextId({ sockets }: Cycle): number {
  return 1 + Math.max(...sockets.map(({ id }) => id));
}

/** Begins to confirm a death: spreads the requests that are left over `deadAfter`. */
function confirm(
  cycle: Cycle,
  now: number,
  effects: CycleEffect[],
): [Cycle, CycleEffect[]] {
  const { plan: { confirm, tries, deadAfter }, made } = cycle;
  const left = confirm * tries - made;
  const gap = deadAfter / Math.max(1, left);
  const next = withDeadline({
    ...cycle,
    confirmation: {
      left,
      gap,
      lastAt: now,
      forged: 0,
      isOneLine: false,
      isAwaited: false,
    },
  });
  const { from } = cycle.answered!;
  return [next, [...effects, { type: "confirm", from }]];
}

/** Sets the end of a confirmation's wait: the next request, or when an echo would have arrived. */
function withDeadline(cycle: Cycle): Cycle {
  const { plan, since, sockets, confirmation, lateDeath } = cycle;
  if (confirmation === null || confirmation.isAwaited) return cycle;
  const { left, gap, lastAt, forged } = confirmation;
  if (left > 0) return { ...cycle, deadline: lastAt + gap };
  // If each request was answered once, nothing is missing.
  const isQuiet = forged === 0 &&
    sockets.every(({ asked, deaths }) => asked.length === deaths);
  if (isQuiet) return { ...cycle, deadline: lastAt + plan.timeout };
  const rtt = Math.max(plan.smoothedRtt ?? 0, lateDeath?.answerTime ?? 0);
  const listenTime = plan.smoothedRtt === null
    ? Math.max(seriesTime(plan), 1.5 * rtt)
    : 1.5 * rtt;
  const deadline = Math.min(
    lastAt + Math.max(plan.timeout, listenTime),
    since + cycleBudget(plan),
  );
  return { ...cycle, deadline };
}

function waitIsOver(cycle: Cycle, moment: Moment): [Cycle, CycleEffect[]] {
  const { plan: { tries }, confirmation, made } = cycle;
  if (confirmation === null) {
    return made < tries
      ? makeTry(cycle, nextId(cycle), moment)
      : [end(cycle, withoutReply(cycle)), []];
  }
  if (confirmation.left === 0) {
    return [listened(cycle, moment), []];
  }
  const [next, sends] = makeTry(cycle, nextId(cycle), moment);
  const left = confirmation.left - 1;
  return [
    withDeadline({
      ...next,
      confirmation: { ...confirmation, left, lastAt: moment.now },
    }),
    sends,
  ];
}

/** How long the kernel may take to say which lines datagrams take, in ms. */
const routeTimeoutMs = 5_000;

/** The cycle after its last wait: over, or waiting for the kernel. */
function listened(cycle: Cycle, { now }: Moment): Cycle {
  const { confirmation } = cycle;
  if (!isConfirmed(cycle)) return end(cycle, withoutReply(cycle));
  if (confirmation === null || confirmation.isOneLine) {
    return end(cycle, "dead");
  }
  if (confirmation.isAwaited) return end({ ...cycle, fault: noWord }, "silent");
  return {
    ...cycle,
    confirmation: { ...confirmation, isAwaited: true },
    deadline: now + routeTimeoutMs,
  };
}

const noWord: Fault = {
  code: "ETIMEDOUT",
  message:
    "the system did not tell in time by which interface heartbeats leave: is `ip rule` slow?",
};

/** How many sockets received a death reply; a late one that started the confirmation counts. */
function deadReplies({ sockets, lateDeath }: Cycle): number {
  const own = sockets.filter(({ deaths }) => deaths > 0).length;
  return own + (lateDeath === null ? 0 : 1);
}

/** Whether enough death replies came, and none was forged. */
function isConfirmed(cycle: Cycle): boolean {
  const { plan, sent, confirmation, fault } = cycle;
  // By another line another gateway would have been asked.
  return sent > 0 && fault?.code !== wrongRouteCode &&
    confirmation?.forged === 0 && witnesses(cycle) >= plan.confirm &&
    deadReplies(cycle) >= plan.confirm;
}

/**
 * How many sockets received their death reply after about the same delay, less
 * those that did not. A gateway takes about as long for each request; a forger
 * hits sockets at any time. Behind a firewall, decoys would not notice a flood.
 */
function witnesses({ sockets }: Cycle): number {
  const delays = sockets.filter(({ deaths }) => deaths > 0).map(delaysOf);
  const counts = delays.flat().map((delay) => {
    const most = Math.max(longestDoublingMs, delay / 2);
    return delays.filter((other) =>
      other.some((time) => Math.abs(time - delay) <= most)
    ).length;
  });
  const alike = Math.max(0, ...counts);
  return alike - (delays.length - alike);
}

/** How long a socket's death reply took, in ms, for each request that it may answer. */
function delaysOf({ asked, since, deathAt }: CycleSocket): number[] {
  if (deathAt === null) return [];
  const first = asked.length === 1 ? [deathAt - since] : [];
  return [...first, ...asked.map(({ at }) => deathAt - at)]
    .filter((delay) => delay >= 0);
}

function withoutReply(cycle: Cycle): Verdict {
  if (cycle.sent === 0) return "unsendable";
  if (deadReplies(cycle) > 0) return "silent";
  return cycle.flawed > 0 ? "garbled" : "silent";
}

function unsent(
  cycle: Cycle,
  { socket: id, to, fault }: Extract<CycleEvent, { type: "unsent" }>,
  moment: Moment,
): [Cycle, CycleEffect[]] {
  const asked = cycle.sockets.find((socket) => socket.id === id)?.asked ?? [];
  // A target that was not reached has nothing to answer.
  const at = asked.findIndex((asked) => same(asked.to, to));
  const rest = asked.filter((_, k) => k !== at);
  const next = withDeadline({
    ...changeSocket(cycle, id, { asked: rest }),
    sent: cycle.sent - 1,
    fault,
  });
  const isLast = cycle.confirmation === null &&
    cycle.made === cycle.plan.tries;
  return isLast ? waitIsOver(next, moment) : [next, []];
}

function receive(
  cycle: Cycle,
  event: Extract<CycleEvent, { type: "datagram" }>,
  { now, wallTime }: Moment,
): [Cycle, CycleEffect[]] {
  const { plan } = cycle;
  const { from, bytes } = event;
  const socket = cycle.sockets.find(({ id }) => id === event.socket);
  if (socket === undefined) return [cycle, []];
  const judgement = judgeDatagram(socket, {
    plan,
    from,
    bytes,
    wallTime,
  });
  if (judgement.reason !== undefined) {
    const { reason, isFlaw, reply } = judgement;
    const next = {
      ...cycle,
      reasons: countReason(cycle.reasons, reason),
      flawed: cycle.flawed + (isFlaw ? 1 : 0),
    };
    const isDeath = reason === "duplicate" && reply === "dead";
    return [isDeath ? moreDeaths(next, socket, now) : next, []];
  }
  const { reply, sentAt, peerTimes } = judgement;
  const rtt = roundTrip(socket, sentAt, now);
  const oneWay = rtt === null ? null : oneWayOf(rtt, peerTimes);
  const next = {
    ...changeSocket(cycle, socket.id, { answer: reply }),
    answered: {
      from,
      rtt,
      answerTime: now - cycle.since,
      port: socket.port,
      ...sentAt !== null && { lost: triesBefore(cycle, sentAt) },
      ...oneWay && { oneWay },
    },
  };
  if (reply === "alive") return [end(next, "alive"), []];
  const heard = moreDeaths(next, socket, now);
  return plan.mayConfirm && heard.confirmation === null
    ? confirm(heard, now, [])
    : [heard, []];
}

/** How long both were under way, if the clocks allow to tell: neither arrived before it was sent. */
function oneWayOf(rtt: number, peerTimes?: PeerTimes): OneWay | null {
  if (peerTimes === undefined) return null;
  const there = rtt - peerTimes.sinceArrival;
  const back = peerTimes.sinceReply;
  return there >= 0 && back >= 0 ? { there, back } : null;
}

/** How many tries left this machine before a time. */
function triesBefore({ sockets }: Cycle, at: number): number {
  return sockets.flatMap(({ asked }) => asked).filter((it) => it.at < at)
    .length;
}

/** The longest delay of a reply that the network has doubled, in ms. */
const longestDoublingMs = 250;

/** Counts a death reply on a socket. More than two per request, or more than one much later, are forged. */
function moreDeaths(
  cycle: Cycle,
  { id, asked, deaths, deathAt }: CycleSocket,
  now: number,
): Cycle {
  const count = deaths + 1;
  const first = deathAt ?? now;
  const next = changeSocket(cycle, id, { deaths: count, deathAt: first });
  const isForged = count > 2 * asked.length ||
    count > asked.length && now - first > longestDoublingMs;
  return isForged ? forgery(next) : withDeadline(next);
}

/** Notes what ICMP says of a request. It is a hint for people: anybody who knows the port can forge it. */
function onIcmp(
  cycle: Cycle,
  { socket: id, notice }: Extract<CycleEvent, { type: "icmp" }>,
): Cycle {
  const socket = cycle.sockets.find((socket) => socket.id === id);
  const isAsked = socket?.asked.some(({ to }) => same(to, notice.to)) ?? false;
  return isAsked ? { ...cycle, notice } : cycle;
}

/** Ends a confirmation if the death may concern another line. */
function onUplinks(cycle: Cycle, fault: Fault | null): Cycle {
  const { confirmation } = cycle;
  if (confirmation === null) return cycle;
  if (fault !== null) return end({ ...cycle, fault }, "silent");
  const next = { ...cycle, confirmation: { ...confirmation, isOneLine: true } };
  return confirmation.isAwaited
    ? end(next, isConfirmed(next) ? "dead" : withoutReply(next))
    : next;
}

/** Judges a datagram at a decoy. It has asked nothing, so a death reply is forged. */
function onDecoy(
  cycle: Cycle,
  { from, bytes }: Extract<CycleEvent, { type: "decoy" }>,
): Cycle {
  const { sockets, plan } = cycle;
  const isForged = sockets.some((socket) => {
    if (!mayAnswer(socket, from, plan)) return false;
    const judgement = plan.heartbeat.judge(bytes, requestsOf(socket));
    return "reply" in judgement && judgement.reply === "dead";
  });
  return isForged ? forgery(cycle) : cycle;
}

function forgery(cycle: Cycle): Cycle {
  const { confirmation, reasons } = cycle;
  const next = { ...cycle, reasons: countReason(reasons, "forged") };
  if (confirmation === null) return next;
  const forged = confirmation.forged + 1;
  return withDeadline({ ...next, confirmation: { ...confirmation, forged } });
}

function end(cycle: Cycle, verdict: Verdict): Cycle {
  const { sockets, answered, made, sent, reasons, fault, notice } = cycle;
  const last = sockets.at(-1);
  const result = {
    verdict,
    address: answered?.from ?? (made > 0 ? targetOf(cycle, made - 1) : null),
    rtt: answered?.rtt ?? null,
    answerTime: answered?.answerTime ?? null,
    tries: sent,
    ...answered?.lost !== undefined && { lost: answered.lost },
    ...answered?.oneWay && { oneWay: answered.oneWay },
    localPort: answered ? answered.port : last?.port ?? null,
    deadReplies: deadReplies(cycle),
    reasons,
    fault,
    ...notice !== null && verdict !== "alive" && { note: noteOf(notice) },
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
