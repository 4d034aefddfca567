/**
 * One session as data: what its cycles have found out, what it waits for, and
 * what happens next. {@linkcode advance} is pure; it says by effects what is to
 * be done in the world, and by reports what there is to tell.
 *
 * @module
 */
import type { Heartbeat } from "../protocol/heartbeat.ts";
import { classOf, type Verdict } from "../verdict.ts";
import type { Endpoint, Fault } from "../world.ts";
import {
  advanceCycle,
  beginCycle,
  count,
  type Cycle,
  type CycleEvent,
  type CycleResult,
  type CycleSocket,
  judgeDatagram,
  type Reasons,
  type Send,
} from "./cycle.ts";
import { nextSlot } from "./schedule.ts";

/** How long a name may take to be looked up, and a UID to be read, in ms. */
export const lookUpLimit = 5_000;

/** How long a finished cycle's sockets go on listening, in ms. */
export const lingerTime = 10_000;

/** What a session is told at its start; durations in ms. */
export interface SessionPlan {
  /** What users call it. */
  readonly name: string;
  /** Where the gateway is; its host may be a name. */
  readonly gateway: Endpoint;
  /** The UID's heartbeat. */
  readonly heartbeat: (uid: bigint) => Heartbeat;
  /** The UID at the start. */
  readonly uid: bigint;
  /** Whether the UID is to be read again before each cycle and before a death counts. */
  readonly rereadUid: boolean;
  /** The address family that may be used. */
  readonly family: "auto" | "4" | "6";
  /** From the start of a cycle to the start of the next one. */
  readonly interval: number;
  /** How much sooner a cycle may start, by chance. */
  readonly jitter: number;
  /** The wait after the first try. */
  readonly timeout: number;
  /** Tries in a series. */
  readonly tries: number;
  /** Death replies that make a death. */
  readonly confirm: number;
  /** So many faults in a row are no transition. */
  readonly tolerate: number;
  /** How many cycles to make; `null` for no limit. */
  readonly count: number | null;
  /** End after so long without an alive verdict; `null` for never. */
  readonly giveUpAfter: number | null;
}

/** A finished cycle's sockets, which may still be answered. */
export interface Lingering {
  /** What its datagrams are judged by. */
  readonly heartbeat: Heartbeat;
  /** The sockets. */
  readonly sockets: readonly CycleSocket[];
  /** When they are closed, in monotonic ms. */
  readonly until: number;
}

/** What a session does at present. */
export type Phase =
  /** It waits for the next slot. */
  | { readonly type: "waiting"; readonly slot: number }
  /** A cycle has begun, and needs the UID or the gateway's addresses first. */
  | {
    readonly type: "preparing";
    readonly until: number;
    readonly uid: "wanted" | "known";
    readonly hosts: "wanted" | "known" | Fault;
  }
  /** A cycle is under way. */
  | { readonly type: "cycling"; readonly cycle: Cycle }
  /** A cycle found the session dead; the UID is read again before that counts. */
  | {
    readonly type: "verifying";
    readonly until: number;
    readonly result: CycleResult;
  }
  /** It is over. */
  | { readonly type: "ended" };

/** All that is known of a session; times in monotonic ms. */
export interface SessionState {
  /** What it was told. */
  readonly plan: SessionPlan;
  /** What it does. */
  readonly phase: Phase;
  /** The slot of the last cycle that was begun. */
  readonly slot: number;
  /** Cycles that have ended with a verdict. */
  readonly cycles: number;
  /** The UID that was read last. */
  readonly uid: bigint;
  /** Its heartbeat. */
  readonly heartbeat: Heartbeat;
  /** The gateway's addresses that the resolver gave last. */
  readonly hosts: readonly string[];
  /** The last verdict; `null` before the first. */
  readonly verdict: Verdict | null;
  /** The verdict that was last told as a transition. */
  readonly told: Verdict | null;
  /** Faults in a row. */
  readonly faults: number;
  /** When the last alive verdict was reached, at first the start. */
  readonly aliveAt: number;
  /** Death replies since the last sign of life that still count, and when the last came. */
  readonly deaths: { readonly replies: number; readonly at: number };
  /** The slot of the cycle in which a confirmation last started; `null` before the first. */
  readonly confirmedAt: number | null;
  /** Earlier cycles that may still be answered. */
  readonly lingering: readonly Lingering[];
  /** What was discarded on their sockets since the last report of a cycle. */
  readonly strays: Reasons;
  /** The number that the next socket gets. */
  readonly nextSocket: number;
}

/** What can happen to a session. */
export type SessionEvent =
  | CycleEvent
  /** The resolver's answer: the gateway's addresses, at least one, or a fault. */
  | { readonly type: "hosts"; readonly answer: readonly string[] | Fault }
  /** The UID was read; `null` if that failed, so that the last one goes on being used. */
  | { readonly type: "uid"; readonly uid: bigint | null };

/** What there is to tell about a session. */
export type Report =
  /** A cycle has reached its verdict. */
  | { readonly type: "cycle"; readonly result: CycleResult }
  /** A late reply has mended the last verdict. */
  | {
    readonly type: "late";
    readonly verdict: "alive" | "dead";
    readonly rtt: number;
  }
  /** The class of the verdict has changed; `from` is `none` at first. */
  | {
    readonly type: "transition";
    readonly from: Verdict | "none";
    readonly to: Verdict;
  }
  /** The session is over; no more will come. */
  | { readonly type: "ended"; readonly verdict: Verdict };

/** What is to be done. */
export type Effect =
  | Send
  /** Ask the resolver for the gateway's addresses. */
  | { readonly type: "look-up" }
  /** Read the UID. */
  | { readonly type: "read-uid" }
  /** These sockets' cycle is over: let them listen for {@linkcode lingerTime}, then close them. */
  | { readonly type: "linger"; readonly sockets: readonly number[] }
  /** Tell somebody. */
  | { readonly type: "report"; readonly report: Report };

/** What an event comes with. */
export interface Moment {
  /** Monotonic time in ms. */
  readonly now: number;
  /** Chance, from 0 up to 1. */
  readonly random: number;
}

/** A state and what is to be done on the way there. */
export type Step = [SessionState, Effect[]];

/** A session whose first cycle is due at monotonic time `now`. */
export function beginSession(plan: SessionPlan, now: number): SessionState {
  return {
    plan,
    phase: { type: "waiting", slot: now },
    slot: now,
    cycles: 0,
    uid: plan.uid,
    heartbeat: plan.heartbeat(plan.uid),
    hosts: isAddress(plan.gateway.host) ? [plan.gateway.host] : [],
    verdict: null,
    told: null,
    faults: 0,
    aliveAt: now,
    deaths: { replies: 0, at: now },
    confirmedAt: null,
    lingering: [],
    strays: {},
    nextSocket: 0,
  };
}

/** When a session has to be told the time at the latest, in monotonic ms; infinite once it is over. */
export function deadline(state: SessionState): number {
  const { phase } = state;
  switch (phase.type) {
    case "waiting":
      return Math.min(phase.slot, givesUpAt(state));
    case "preparing":
    case "verifying":
      return phase.until;
    case "cycling":
      return phase.cycle.deadline;
    case "ended":
      return Infinity;
  }
}

/** What becomes of a session by an event, and what is to be done about it. */
export function advance(
  state: SessionState,
  event: SessionEvent,
  moment: Moment,
): Step {
  switch (event.type) {
    case "time":
      return moment.now < deadline(state) ? [state, []] : onTime(state, moment);
    case "hosts":
      return onHosts(state, event.answer, moment);
    case "uid":
      return onUid(state, event.uid, moment);
    case "datagram":
      return ofCycle(state, event.socket)
        ? onCycleEvent(state, event, moment)
        : onLate(state, event, moment);
    case "bound":
    case "unsent":
      return ofCycle(state, event.socket)
        ? onCycleEvent(state, event, moment)
        : [state, []];
  }
}

function ofCycle({ phase }: SessionState, socket: number): boolean {
  return phase.type === "cycling" &&
    phase.cycle.sockets.some(({ id }) => id === socket);
}

function givesUpAt({ plan, aliveAt, verdict }: SessionState): number {
  if (plan.giveUpAfter === null || verdict === null) return Infinity;
  return aliveAt + plan.giveUpAfter;
}

function onTime(state: SessionState, moment: Moment): Step {
  const { phase } = state;
  switch (phase.type) {
    case "waiting":
      return moment.now < phase.slot
        ? end(state)
        : prepare({ ...state, slot: phase.slot }, moment);
    case "preparing":
      return go(state, moment);
    case "cycling":
      return onCycleEvent(state, { type: "time" }, moment);
    case "verifying":
      return conclude(state, phase.result, moment);
    case "ended":
      return [state, []];
  }
}

/** Begins a cycle: asks for what has to be known before the first try. */
function prepare(state: SessionState, moment: Moment): Step {
  const { rereadUid, gateway } = state.plan;
  const isName = !isAddress(gateway.host);
  const effects: Effect[] = [];
  if (rereadUid) effects.push({ type: "read-uid" });
  if (isName) effects.push({ type: "look-up" });
  const phase: Phase = {
    type: "preparing",
    until: moment.now + lookUpLimit,
    uid: rereadUid ? "wanted" : "known",
    hosts: isName ? "wanted" : "known",
  };
  const [next, more] = goIfReady({ ...state, phase }, moment);
  return [next, [...effects, ...more]];
}

function onHosts(
  state: SessionState,
  answer: readonly string[] | Fault,
  moment: Moment,
): Step {
  const usable = "code" in answer
    ? answer
    : ofOneFamily(answer, state.plan.family);
  // Even an answer that comes too late is good for the next cycle.
  const hosts = "code" in usable ? state.hosts : usable;
  if (state.phase.type !== "preparing") return [{ ...state, hosts }, []];
  const found = "code" in usable ? usable : "known" as const;
  const phase = { ...state.phase, hosts: found };
  return goIfReady({ ...state, hosts, phase }, moment);
}

function onUid(
  state: SessionState,
  uid: bigint | null,
  moment: Moment,
): Step {
  const { phase } = state;
  const isNew = uid !== null && uid !== state.uid;
  const next = isNew ? useUid(state, uid) : state;
  switch (phase.type) {
    case "preparing":
      return goIfReady({ ...next, phase: { ...phase, uid: "known" } }, moment);
    case "verifying":
      // A new UID means that somebody has logged in again: the old one's death is no news.
      return isNew
        ? prepare({ ...next, slot: moment.now }, moment)
        : conclude(state, phase.result, moment);
    default:
      return [state, []];
  }
}

/** Goes on with another UID; what was heard of the last one counts no more. */
function useUid(state: SessionState, uid: bigint): SessionState {
  const heartbeat = state.plan.heartbeat(uid);
  const deaths = { replies: 0, at: state.deaths.at };
  return { ...state, uid, heartbeat, deaths, confirmedAt: null };
}

function goIfReady(state: SessionState, moment: Moment): Step {
  const { phase } = state;
  const waits = phase.type === "preparing" &&
    (phase.uid === "wanted" || phase.hosts === "wanted");
  return waits ? [state, []] : go(state, moment);
}

/** Makes the cycle's first try with what is known by now. */
function go(state: SessionState, moment: Moment): Step {
  const { plan, hosts, heartbeat, nextSocket } = state;
  const { now } = moment;
  if (hosts.length === 0) {
    return conclude(state, nothingSent(unresolved(state)), moment);
  }
  const targets = hosts.map((host) => ({ host, port: plan.gateway.port }));
  const cyclePlan = {
    heartbeat,
    targets,
    timeout: plan.timeout,
    tries: plan.tries,
    confirm: plan.confirm,
    mayConfirm: mayConfirm(state),
  };
  const options = {
    now,
    firstSocket: nextSocket,
    earlierDeaths: recentDeaths(state, now),
  };
  const [cycle, effects] = beginCycle(cyclePlan, options);
  return [{ ...state, phase: { type: "cycling", cycle } }, effects];
}

/** Death replies of earlier cycles, forgotten after an interval. */
function recentDeaths({ deaths, plan }: SessionState, now: number): number {
  return now - deaths.at <= plan.interval ? deaths.replies : 0;
}

/** At most one confirmation starts per interval, so that forged deaths can't multiply what is sent. */
function mayConfirm({ slot, confirmedAt, plan }: SessionState): boolean {
  return confirmedAt === null || slot - confirmedAt >= plan.interval;
}

function unresolved({ phase, plan }: SessionState): Fault {
  const found = phase.type === "preparing" ? phase.hosts : "known";
  if (typeof found !== "string") return found;
  return {
    code: "ETIMEDOUT",
    message: `the resolver said nothing about ${plan.gateway.host} within ${
      lookUpLimit / 1000
    } s`,
  };
}

function nothingSent(fault: Fault): CycleResult {
  return {
    verdict: "unresolved",
    address: null,
    rtt: null,
    tries: 0,
    localPort: null,
    deadReplies: 0,
    reasons: {},
    fault,
  };
}

function onCycleEvent(
  state: SessionState,
  event: CycleEvent,
  moment: Moment,
): Step {
  if (state.phase.type !== "cycling") return [state, []];
  const [cycle, sends] = advanceCycle(state.phase.cycle, event, moment.now);
  const next = withCycle(state, cycle);
  if (cycle.result === null) return [next, sends];

  const sockets = cycle.sockets.map(({ id }) => id);
  const lingering = state.lingering
    .filter(({ until }) => until > moment.now)
    .concat({
      heartbeat: cycle.plan.heartbeat,
      sockets: cycle.sockets,
      until: moment.now + lingerTime,
    });
  const rested = { ...next, lingering };
  const linger: Effect = { type: "linger", sockets };
  const [last, effects] = cycle.result.verdict === "dead" &&
      state.plan.rereadUid
    ? verify(rested, cycle.result, moment)
    : conclude(rested, cycle.result, moment);
  return [last, [...sends, linger, ...effects]];
}

function withCycle(state: SessionState, cycle: Cycle): SessionState {
  const used = cycle.sockets.at(-1)!.id + 1;
  return {
    ...state,
    phase: { type: "cycling", cycle },
    nextSocket: used,
    confirmedAt: cycle.sockets.length > 1 ? state.slot : state.confirmedAt,
  };
}

function verify(
  state: SessionState,
  result: CycleResult,
  { now }: Moment,
): Step {
  const phase: Phase = { type: "verifying", until: now + lookUpLimit, result };
  return [{ ...state, phase }, [{ type: "read-uid" }]];
}

/** Takes a cycle's verdict: reports it and plans the next cycle, or ends. */
function conclude(
  state: SessionState,
  result: CycleResult,
  moment: Moment,
): Step {
  const { verdict, deadReplies } = result;
  const reasons = add(result.reasons, state.strays);
  const report: Report = { type: "cycle", result: { ...result, reasons } };
  const deaths = verdict === "alive"
    ? { replies: 0, at: moment.now }
    : deadReplies > 0
    ? { replies: recentDeaths(state, moment.now) + deadReplies, at: moment.now }
    : state.deaths;
  const [next, effects] = tell(
    {
      ...state,
      cycles: state.cycles + 1,
      deaths,
      strays: {},
    },
    verdict,
    moment,
  );
  const limited = next.cycles === next.plan.count ||
    moment.now >= givesUpAt(next);
  const [last, more] = verdict === "dead" || limited
    ? end(next)
    : [rest(next, moment), []];
  return [last, [{ type: "report", report }, ...effects, ...more]];
}

/** Notes a verdict, and reports it if its class is another one than before. */
function tell(state: SessionState, verdict: Verdict, moment: Moment): Step {
  const kind = classOf(verdict);
  const faults = kind === "fault" ? state.faults + 1 : 0;
  const aliveAt = kind === "alive" ? moment.now : state.aliveAt;
  const next = { ...state, verdict, faults, aliveAt };
  const changed = state.told === null || classOf(state.told) !== kind;
  const tolerated = kind === "fault" && faults <= state.plan.tolerate;
  if (!changed || tolerated) return [next, []];
  const from = state.told ?? "none";
  const report: Report = { type: "transition", from, to: verdict };
  return [{ ...next, told: verdict }, [{ type: "report", report }]];
}

/** Waits for the next slot. */
function rest(state: SessionState, { now, random }: Moment): SessionState {
  const { slot, faults, plan: { interval, jitter } } = state;
  const next = nextSlot({ slot, now, interval, jitter, faults, random });
  return { ...state, phase: { type: "waiting", slot: next } };
}

function end(state: SessionState): Step {
  const { verdict } = state;
  const ended: SessionState = { ...state, phase: { type: "ended" } };
  if (verdict === null) return [ended, []];
  return [ended, [{ type: "report", report: { type: "ended", verdict } }]];
}

/** A datagram on a socket whose cycle is over. */
function onLate(
  state: SessionState,
  event: Extract<CycleEvent, { type: "datagram" }>,
  moment: Moment,
): Step {
  const entry = state.lingering.find(({ sockets }) =>
    sockets.some(({ id }) => id === event.socket)
  );
  const socket = entry?.sockets.find(({ id }) => id === event.socket);
  if (entry === undefined || socket === undefined) return [state, []];
  const { heartbeat } = entry;
  const { from, bytes } = event;
  const judgement = judgeDatagram(socket, { heartbeat, from, bytes });
  const reason = "reason" in judgement ? judgement.reason : "late";
  const counted = { ...state, strays: count(state.strays, reason) };
  if ("reason" in judgement) return [counted, []];

  const { reply } = judgement;
  const answered: CycleSocket = { ...socket, answer: reply };
  const next = { ...counted, lingering: replaceSocket(counted, answered) };
  // What was heard of another UID says nothing about this one.
  const mends = state.verdict !== null && heartbeat === state.heartbeat &&
    classOf(state.verdict) === "fault" && state.phase.type !== "ended";
  if (!mends) return [next, []];
  const rtt = moment.now - socket.since;
  return reply === "alive"
    ? aliveAfterAll(next, rtt, moment)
    : deadAfterAll(next, rtt, moment);
}

function replaceSocket(
  { lingering }: SessionState,
  socket: CycleSocket,
): readonly Lingering[] {
  return lingering.map((entry) => ({
    ...entry,
    sockets: entry.sockets.map((old) => old.id === socket.id ? socket : old),
  }));
}

/** An alive reply came after its cycle's end. */
function aliveAfterAll(
  state: SessionState,
  rtt: number,
  moment: Moment,
): Step {
  const report: Report = { type: "late", verdict: "alive", rtt };
  const deaths = { replies: 0, at: moment.now };
  const [next, effects] = tell({ ...state, deaths }, "alive", moment);
  const { phase } = next;
  const mended = phase.type === "waiting"
    ? rest(next, moment)
    : phase.type === "cycling"
    ? withCycle(next, { ...phase.cycle, earlierDeaths: 0 })
    : next;
  return [mended, [{ type: "report", report }, ...effects]];
}

/** A death reply came after its cycle's end: it is to be confirmed, now if that is allowed. */
function deadAfterAll(
  state: SessionState,
  rtt: number,
  moment: Moment,
): Step {
  const report: Effect = {
    type: "report",
    report: { type: "late", verdict: "dead", rtt },
  };
  const replies = recentDeaths(state, moment.now) + 1;
  const deaths = { replies, at: moment.now };
  const next = { ...state, deaths };
  const slot = moment.now;
  if (state.phase.type !== "waiting" || !mayConfirm({ ...next, slot })) {
    return [next, [report]];
  }
  const [last, effects] = prepare({ ...next, slot, confirmedAt: slot }, moment);
  return [last, [report, ...effects]];
}

function add(a: Reasons, b: Reasons): Reasons {
  const sum: Record<string, number> = { ...a };
  for (const [reason, n] of Object.entries(b)) {
    sum[reason] = (sum[reason] ?? 0) + n;
  }
  return sum;
}

function isAddress(host: string): boolean {
  return host.includes(":") || /^[\d.]+$/.test(host);
}

/** Those addresses that are of the family wanted, or else of the first one's. */
function ofOneFamily(
  hosts: readonly string[],
  family: "auto" | "4" | "6",
): readonly string[] | Fault {
  const six = family === "auto" ? hosts[0]!.includes(":") : family === "6";
  const usable = hosts.filter((host) => host.includes(":") === six);
  if (usable.length > 0) return usable;
  return {
    code: "ENODATA",
    message: `the gateway's name has no IPv${family} address`,
  };
}
