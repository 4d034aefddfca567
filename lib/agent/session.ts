/**
 * One session: what its cycles have found out, what it waits for, and what
 * happens next. {@linkcode advance} is pure; it says by effects what is to be
 * done in the world.
 *
 * @module
 */
import { classOf, type Verdict } from "../verdict.ts";
import type { Fault } from "../world.ts";
import {
  advanceCycle,
  beginCycle,
  type Cycle,
  type CycleEvent,
  type CycleResult,
  type Reasons,
} from "./cycle.ts";
import { hearLate } from "./late.ts";
import { nextSlot } from "./schedule.ts";
import {
  deadline,
  type Effect,
  givesUpAt,
  isAddress,
  lingerTime,
  lookUpLimit,
  mayConfirm,
  type Moment,
  type Phase,
  recentDeaths,
  type Report,
  type SessionEvent,
  type SessionState,
  type Step,
} from "./session_state.ts";

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
  const [aftermath, late] = hearLate(state, event);
  const next = { ...state, ...aftermath };
  // What was heard of another UID says nothing about this one.
  const mends = late?.heartbeat === state.heartbeat &&
    state.verdict !== null && classOf(state.verdict) === "fault" &&
    state.phase.type !== "ended";
  if (late === null || !mends) return [next, []];
  const rtt = moment.now - late.since;
  return late.reply === "alive"
    ? aliveAfterAll(next, rtt, moment)
    : deadAfterAll(next, rtt, moment);
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
