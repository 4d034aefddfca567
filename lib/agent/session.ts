/**
 * One session: what its cycles have found out, what it waits for, and what
 * happens next. {@linkcode advance} is pure; it says by effects what is to be
 * done in the world.
 *
 * @module
 */
import { familyOf } from "../address.ts";
import { classOf, type Verdict } from "../verdict.ts";
import type { Fault } from "../world.ts";
import {
  advanceCycle,
  beginCycle,
  beginListening,
  type Cycle,
  type CycleEvent,
  type CyclePlan,
  type CycleResult,
  type CycleStart,
  endAlive,
  type Reasons,
} from "./cycle.ts";
import {
  forget,
  hearLate,
  type LateReply,
  noAftermath,
  stillLingering,
} from "./late.ts";
import { mayLogIn, nextLogin, outlive } from "./login.ts";
import { nextSlot } from "./schedule.ts";
import {
  deadline,
  type Effect,
  givesUpAt,
  lingerTime,
  mayConfirm,
  type Moment,
  noDeaths,
  type Phase,
  prepareLimit,
  recentDeaths,
  type Report,
  type SessionEvent,
  type SessionState,
  type Step,
} from "./session_state.ts";
import { learn, targetsOf } from "./targets.ts";

/** What becomes of a session by an event, and what is to be done about it. */
export function advance(
  state: SessionState,
  event: SessionEvent,
  moment: Moment,
): Step {
  switch (event.type) {
    case "time":
      return moment.now < deadline(state) ? [state, []] : onTime(state, moment);
    case "closed":
      return [{ ...state, ...forget(state, event.socket) }, []];
    case "wake":
      return onWake(state, moment);
    case "hosts":
      return onHosts(state, event.answer, moment);
    case "uid":
      return onUid(state, event.uid, moment);
    case "login":
      return onLogin(state, event.uid, moment);
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
    case "dead":
    case "ended":
      return [state, []];
  }
}

/** Whatever the network was before the machine slept, it has to be found out anew. */
function onWake(state: SessionState, moment: Moment): Step {
  if (state.phase.type !== "waiting") return [state, []];
  const regular = state.regular ?? state.phase.slot;
  return prepare({ ...state, slot: moment.now, regular }, moment);
}

/** Begins a cycle: asks for what has to be known before the first try. */
function prepare(state: SessionState, moment: Moment): Step {
  const { rereadsUid, gateway } = state.plan;
  const isName = familyOf(gateway.host) === null;
  const effects: Effect[] = [];
  if (rereadsUid) effects.push({ type: "read-uid" });
  if (isName) effects.push({ type: "look-up" });
  const phase: Phase = {
    type: "preparing",
    until: moment.now + prepareLimit,
    uid: rereadsUid ? "wanted" : "known",
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
  // Even an answer that comes too late is good for the next cycle.
  const next = "code" in answer
    ? state
    : { ...state, whereabouts: { ...state.whereabouts, hosts: answer } };
  if (state.phase.type !== "preparing") return [next, []];
  const hosts = "code" in answer ? answer : "known";
  return goIfReady({ ...next, phase: { ...state.phase, hosts } }, moment);
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
    case "waiting":
      return [next, []];
    default:
      return [state, []];
  }
}

/** Goes on with the UID of a new login, if there is one and a cycle is left for it. */
function onLogin(
  state: SessionState,
  uid: bigint | null,
  moment: Moment,
): Step {
  if (state.phase.type !== "dead") return [state, []];
  const { plan, cycles } = state;
  if (uid === null || uid === state.uid || cycles === plan.count) {
    return end(state);
  }
  const { now } = moment;
  const login = nextLogin(state.login, now);
  const next = { ...useUid(state, uid), login, aliveAt: now, slot: now };
  return prepare(next, moment);
}

/** Goes on with another UID; what was heard of the last one counts no more. */
function useUid(state: SessionState, uid: bigint): SessionState {
  const heartbeat = state.plan.heartbeat(uid);
  return { ...state, uid, heartbeat, deaths: [], confirmedAt: null };
}

function goIfReady(state: SessionState, moment: Moment): Step {
  const { phase } = state;
  const waits = phase.type === "preparing" &&
    (phase.uid === "wanted" || phase.hosts === "wanted");
  return waits ? [state, []] : go(state, moment);
}

/** Makes the cycle's first try with what is known by now. */
function go(state: SessionState, moment: Moment): Step {
  const [plan, start] = startOf(state, moment);
  if (plan.targets.length === 0) {
    return conclude(state, nothingSent(unresolved(state)), moment);
  }
  const [cycle, effects] = beginCycle(plan, start);
  return [{ ...state, phase: { type: "cycling", cycle } }, effects];
}

/** What a cycle begins with. */
function startOf(
  state: SessionState,
  { now }: Moment,
): [CyclePlan, CycleStart] {
  const { plan, phase, whereabouts, heartbeat, nextSocket, rtt } = state;
  const isFresh = phase.type !== "preparing" || phase.hosts === "known";
  const hosts = targetsOf(whereabouts, { allowed: plan.family, isFresh });
  const targets = hosts.map((host) => ({ host, port: plan.gateway.port }));
  const cyclePlan = {
    heartbeat,
    targets,
    timeout: plan.timeout,
    tries: plan.tries,
    confirm: plan.confirm,
    mayConfirm: mayConfirm(state),
    rtt,
  };
  const options = {
    now,
    firstSocket: nextSocket,
    earlierDeaths: recentDeaths(state, now).length,
  };
  return [cyclePlan, options];
}

function unresolved({ phase, plan }: SessionState): Fault {
  const { gateway: { host }, family } = plan;
  const found = phase.type === "preparing" ? phase.hosts : "known";
  switch (found) {
    case "known":
      return {
        code: "ENODATA",
        message: `${host} has no IPv${family} address`,
      };
    case "wanted": {
      const limit = `${prepareLimit / 1000} s`;
      const message =
        `the resolver said nothing about ${host} within ${limit}: is a server in /etc/resolv.conf reachable?`;
      return { code: "ETIMEDOUT", message };
    }
    default:
      return found;
  }
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
  const [last, effects] = finish(next, cycle, cycle.result, moment);
  return [last, [...sends, ...effects]];
}

/** Lets a cycle's sockets linger, and takes its verdict. */
function finish(
  state: SessionState,
  { plan, sockets, made }: Cycle,
  result: CycleResult,
  moment: Moment,
): Step {
  const until = moment.now + lingerTime;
  const own = { heartbeat: plan.heartbeat, sockets, until };
  const lingering = stillLingering(state.lingering, moment.now)
    // A cycle that only listened leaves the sockets of the one before as the last.
    .concat(sockets.length > 0 ? [own] : []);
  const whereabouts = learn(state.whereabouts, result, made);
  const rested = { ...state, lingering, whereabouts };
  const ids = sockets.map(({ id }) => id);
  const linger: Effect = { type: "linger", sockets: ids };
  const [last, effects] = result.verdict === "dead" && state.plan.rereadsUid
    ? verify(rested, result, moment)
    : conclude(rested, result, moment);
  return [last, [linger, ...effects]];
}

function withCycle(state: SessionState, cycle: Cycle): SessionState {
  const last = cycle.sockets.at(-1);
  return {
    ...state,
    phase: { type: "cycling", cycle },
    nextSocket: last === undefined ? state.nextSocket : last.id + 1,
    confirmedAt: cycle.sockets.length > 1 ? state.slot : state.confirmedAt,
  };
}

function verify(
  state: SessionState,
  result: CycleResult,
  { now }: Moment,
): Step {
  const phase: Phase = { type: "verifying", until: now + prepareLimit, result };
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
  const deaths = verdict === "alive" ? noDeaths : [
    ...recentDeaths(state, moment.now),
    ...Array.from({ length: deadReplies }, () => moment.now),
  ];
  const [next, effects] = tell(
    {
      ...state,
      cycles: state.cycles + 1,
      deaths,
      strays: noAftermath.strays,
      rtt: verdict === "alive" ? estimate(state.rtt, result.rtt) : state.rtt,
    },
    verdict,
    moment,
  );
  const limited = next.cycles === next.plan.count ||
    moment.now >= givesUpAt(next);
  const [last, more] = verdict === "dead"
    ? die(next, moment)
    : limited
    ? end(next)
    : [rest(next, moment), []];
  return [last, [{ type: "report", report }, ...effects, ...more]];
}

/** Asks for a new login, unless the last one was just now. */
function die(state: SessionState, { now }: Moment): Step {
  if (!mayLogIn(state.login, now)) return end(state);
  const phase: Phase = { type: "dead" };
  return [{ ...state, phase }, [{ type: "log-in", uid: state.uid }]];
}

/** Notes a verdict, and reports it if its class is another one than before. */
function tell(state: SessionState, verdict: Verdict, moment: Moment): Step {
  const kind = classOf(verdict);
  const faults = kind === "fault" ? state.faults + 1 : 0;
  const aliveAt = kind === "alive" ? moment.now : state.aliveAt;
  const login = kind === "alive"
    ? outlive(state.login, moment.now)
    : state.login;
  const next = { ...state, verdict, faults, aliveAt, login };
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
  const { regular } = state;
  const next = nextSlot({
    slot,
    regular,
    now,
    interval,
    jitter,
    faults,
    random,
  });
  const phase: Phase = { type: "waiting", slot: next };
  return { ...state, phase, regular: faults === 0 ? null : regular };
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
  if (late?.heartbeat !== state.heartbeat || state.phase.type === "ended") {
    return [next, []];
  }
  return late.reply === "alive"
    ? aliveAfterAll(next, late, moment)
    : deadAfterAll(next, late, moment);
}

/** A sign of life came after its cycle's end. */
function aliveAfterAll(
  state: SessionState,
  late: LateReply,
  moment: Moment,
): Step {
  const { phase } = state;
  const { from, port } = late;
  const rtt = moment.now - late.since;
  if (phase.type === "verifying") {
    // A death does not count yet: a sign of life on a socket of its cycle wins.
    if (!late.isLast) return [state, []];
    const result = { ...phase.result, address: from, rtt, localPort: port };
    return conclude(state, { ...result, verdict: "alive" }, moment);
  }
  const whereabouts = learn(
    state.whereabouts,
    { verdict: "alive", address: from },
    0,
  );
  const next = {
    ...state,
    deaths: [],
    rtt: estimate(state.rtt, rtt),
    whereabouts,
  };
  const [mended, effects] = mend(next, rtt, moment);
  switch (phase.type) {
    case "waiting":
      return [rest(mended, moment), effects];
    case "cycling": {
      const cycle = { ...phase.cycle, earlierDeaths: 0 };
      // Older than a death reply of this cycle, it says nothing against that one.
      if (cycle.deadReplies > 0) return [withCycle(mended, cycle), effects];
      const ended = endAlive(cycle, { from, rtt, port });
      const [last, more] = finish(mended, ended, ended.result!, moment);
      return [last, [...effects, ...more]];
    }
    default:
      return [mended, effects];
  }
}

/** How long the gateway takes to answer; what took longer than before may be a try that was lost, so it counts twice as much as before at most. */
function estimate(before: number | null, rtt: number | null): number | null {
  if (before === null || rtt === null) return rtt ?? before;
  return Math.min(rtt, 2 * Math.max(before, 1));
}

/** The last verdict becomes alive after all, if it was a fault. */
function mend(state: SessionState, rtt: number, moment: Moment): Step {
  if (state.verdict === null || classOf(state.verdict) !== "fault") {
    return [state, []];
  }
  const report: Report = { type: "late", verdict: "alive", rtt };
  const [next, effects] = tell(state, "alive", moment);
  return [next, [{ type: "report", report }, ...effects]];
}

/** A death reply came after its cycle's end, unless that was alive: it is to be confirmed, or confirms others. */
function deadAfterAll(
  state: SessionState,
  late: LateReply,
  moment: Moment,
): Step {
  if (state.verdict === null || classOf(state.verdict) !== "fault") {
    return [state, []];
  }
  const { now } = moment;
  const deaths = [...recentDeaths(state, now), now];
  const next = { ...state, deaths };
  const { phase } = state;
  if (phase.type === "cycling") {
    const earlierDeaths = deaths.length;
    return [withCycle(next, { ...phase.cycle, earlierDeaths }), []];
  }
  if (phase.type !== "waiting") return [next, []];
  const again = { ...next, slot: now };
  if (deaths.length >= state.plan.confirm) {
    const { since } = late;
    const answered = { from: late.from, rtt: now - since, port: late.port };
    const listening = beginListening(...startOf(again, moment));
    const cycle = { ...listening, answered };
    return [{ ...again, phase: { type: "cycling", cycle } }, []];
  }
  return mayConfirm(again)
    ? prepare({ ...again, confirmedAt: now }, moment)
    : [next, []];
}

function add(a: Reasons, b: Reasons): Reasons {
  const sum: Record<string, number> = { ...a };
  for (const [reason, n] of Object.entries(b)) {
    sum[reason] = (sum[reason] ?? 0) + n;
  }
  return sum;
}
