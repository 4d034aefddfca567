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
  type Answered,
  beginCycle,
  type Cycle,
  type CycleEvent,
  type CyclePlan,
  endAlive,
  hearLateDeath,
} from "../probe/datagram/cycle.ts";
import {
  forget,
  hearLate,
  type LateReply,
  noAftermath,
  stillLingering,
} from "../probe/datagram/late.ts";
import { mayLogIn, nextLogin, outlive } from "./login.ts";
import { nextSlot } from "./schedule.ts";
import {
  deadline,
  type Effect,
  givesUpAt,
  mayConfirm,
  type Moment,
  type Phase,
  prepareLimit,
  type SessionEvent,
  type SessionState,
  type Step,
} from "./session_state.ts";
import { doubtfulHost, learn, resolve, targetsOf } from "./targets.ts";
import { lingerTime } from "../probe/datagram/sockets.ts";
import type { CycleResult, Reasons, Report } from "../finding.ts";

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
    case "uplinks":
      return onUplinks(state, event, moment);
    case "plan":
      return onPlan(state, event, moment);
    case "decoy":
      return onCycleEvent(state, event, moment);
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
      return conclude(state, unverified(phase), moment);
    case "dead":
    case "ended":
      return [state, []];
  }
}

/** A cycle that is under way ends as it was begun. */
function onPlan(
  state: SessionState,
  { plan, start }: Extract<SessionEvent, { type: "plan" }>,
  moment: Moment,
): Step {
  const isSame = plan.heartbeat === state.plan.heartbeat;
  const heartbeat = isSame ? state.heartbeat : plan.heartbeat(state.uid);
  const next = { ...state, plan, heartbeat };
  if (state.phase.type !== "waiting") return [next, []];
  const slot = Math.max(moment.now, Math.min(start, state.phase.slot));
  return [{ ...next, phase: { type: "waiting", slot }, regular: null }, []];
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
    : { ...state, resolution: resolve(state.resolution, answer) };
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
        : countDeath({ ...state, phase: { ...phase, uid: "known" } }, moment);
    case "waiting":
      return [next, []];
    default:
      return [state, []];
  }
}

function onUplinks(
  state: SessionState,
  event: Extract<CycleEvent, { type: "uplinks" }>,
  moment: Moment,
): Step {
  const { phase } = state;
  if (phase.type !== "verifying") return onCycleEvent(state, event, moment);
  const { fault } = event;
  return fault === null
    ? countDeath({ ...state, phase: { ...phase, uplinks: "known" } }, moment)
    : conclude(state, { ...phase.result, verdict: "silent", fault }, moment);
}

/** Takes a death for what it is once all is known that could speak against it. */
function countDeath(state: SessionState, moment: Moment): Step {
  const { phase } = state;
  const isReady = phase.type === "verifying" && phase.uid === "known" &&
    phase.uplinks === "known";
  return isReady ? conclude(state, phase.result, moment) : [state, []];
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
  return { ...state, uid, heartbeat, confirmedAt: null };
}

function goIfReady(state: SessionState, moment: Moment): Step {
  const { phase } = state;
  const waits = phase.type === "preparing" &&
    (phase.uid === "wanted" || phase.hosts === "wanted");
  return waits ? [state, []] : go(state, moment);
}

/** Makes the cycle's first try with what is known by now. `lateDeath` is a late death reply to be confirmed. */
function go(
  state: SessionState,
  moment: Moment,
  lateDeath: Answered | null = null,
): Step {
  const plan = planCycle(state, moment);
  if (plan.targets.length === 0) {
    return conclude(state, nothingSent(unresolved(state)), moment);
  }
  const { nextSocket: firstSocket } = state;
  const start = { now: moment.now, firstSocket, lateDeath };
  const [cycle, effects] = beginCycle(plan, start);
  return [withCycle(state, cycle), effects];
}

/** How a cycle is made that begins now. */
function planCycle(state: SessionState, { now }: Moment): CyclePlan {
  const { plan, resolution, heartbeat, rtt } = state;
  const { interval, family: allowed, tries } = plan;
  const hosts = targetsOf(resolution, { allowed, tries });
  return {
    heartbeat,
    targets: hosts.map((host) => ({ host, port: plan.gateway.port })),
    replyFrom: plan.replyFrom,
    doubtful: doubtfulHost(resolution, { now, interval }),
    timeout: plan.timeout,
    tries,
    confirm: plan.confirm,
    deadAfter: plan.deadAfter,
    mayConfirm: mayConfirm(state),
    rtt,
  };
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
    answerTime: null,
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
  { plan, sockets, since, made: tries, confirmation }: Cycle,
  result: CycleResult,
  moment: Moment,
): Step {
  const until = moment.now + lingerTime;
  const lingering = stillLingering(state.lingering, moment.now)
    .concat({ plan, sockets, until });
  const { verdict, address, reasons } = result;
  const asked = sockets.flatMap((socket) => socket.asked.map((it) => it.host));
  const end = { verdict, address, since, tries, asked };
  const resolution = learn(state.resolution, end);
  const rested = { ...state, lingering, resolution };
  const ids = sockets.map(({ id }) => id);
  const linger: Effect = { type: "linger", sockets: ids };
  const isDoubtful = verdict === "silent" && reasons.moved !== undefined;
  const [last, effects] = verdict === "dead"
    ? verify(rested, confirmation, result, moment)
    : isDoubtful
    ? conclude(rested, { ...result, fault: moved(state, plan) }, moment)
    : conclude(rested, result, moment);
  const located: Effect[] = resolution === state.resolution ? [] : [
    { type: "located", resolution },
  ];
  return [last, [linger, ...located, ...effects]];
}

function moved(
  { plan: { gateway, interval } }: SessionState,
  { doubtful }: CyclePlan,
): Fault {
  const time = `${interval / 1000} s`;
  return {
    code: "EMOVED",
    message:
      `${doubtful} says that the session is dead, but ${gateway.host} has other addresses now; that counts once these have been silent twice and for ${time}`,
  };
}

function withCycle(state: SessionState, cycle: Cycle): SessionState {
  const ids = cycle.sockets.map(({ id }) => id + 1);
  return {
    ...state,
    phase: { type: "cycling", cycle },
    nextSocket: Math.max(state.nextSocket, ...ids),
    confirmedAt: cycle.confirmation === null ? state.confirmedAt : state.slot,
  };
}

/** Asks whatever could speak against a death. */
function verify(
  state: SessionState,
  confirmation: Cycle["confirmation"],
  result: CycleResult,
  moment: Moment,
): Step {
  const { rereadsUid } = state.plan;
  const effects: Effect[] = rereadsUid ? [{ type: "read-uid" }] : [];
  const phase: Phase = {
    type: "verifying",
    until: moment.now + prepareLimit,
    result,
    uid: rereadsUid ? "wanted" : "known",
    uplinks: confirmation?.isOneLine ? "known" : "wanted",
  };
  const [next, more] = countDeath({ ...state, phase }, moment);
  return [next, [...effects, ...more]];
}

/** What a death is worth if something that was asked about it did not come in time. */
function unverified(
  { result, uplinks }: Extract<Phase, { type: "verifying" }>,
): CycleResult {
  // A UID that can't be read stays what it was.
  if (uplinks === "known") return result;
  const fault = {
    code: "ETIMEDOUT",
    message:
      "the system did not say by which line heartbeats leave: is `ip rule` quick?",
  };
  return { ...result, verdict: "silent", fault };
}

/** Takes a cycle's verdict: reports it and plans the next cycle, or ends. */
function conclude(
  state: SessionState,
  result: CycleResult,
  moment: Moment,
): Step {
  const { verdict } = result;
  const reasons = add(result.reasons, state.strays);
  const report: Report = { type: "cycle", result: { ...result, reasons } };
  const [next, effects] = tell(
    {
      ...state,
      cycles: state.cycles + 1,
      strays: noAftermath.strays,
      rtt: verdict === "alive" ? estimate(state.rtt, result) : state.rtt,
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
  const [aftermath, late] = hearLate(state, {
    ...event,
    now: moment.now,
  });
  const next = { ...state, ...aftermath };
  // What was heard of another UID says nothing about this one.
  if (
    late?.plan.heartbeat !== state.heartbeat || state.phase.type === "ended"
  ) {
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
  const { from, port, rtt, answerTime } = late;
  if (phase.type === "verifying") {
    // A death does not count yet: a sign of life on a socket of its cycle wins.
    if (!late.isLast) return [state, []];
    const result = { ...phase.result, address: from, localPort: port };
    const alive = { ...result, verdict: "alive", rtt, answerTime } as const;
    return conclude(state, alive, moment);
  }
  const next = {
    ...state,
    rtt: estimate(state.rtt, late),
    resolution: learn(state.resolution, {
      verdict: "alive",
      address: from,
      since: moment.now,
      tries: 0,
      asked: [],
    }),
  };
  const [mended, effects] = mend(next, late, moment);
  switch (phase.type) {
    case "waiting":
      return [rest(mended, moment), effects];
    case "cycling": {
      const cycle = { ...phase.cycle, lateDeath: null };
      // Older than a death reply of this cycle, it says nothing against that one.
      if (cycle.sockets.some(({ deaths }) => deaths > 0)) {
        return [withCycle(mended, cycle), effects];
      }
      const answered = { from, rtt, answerTime, port };
      const ended = endAlive(cycle, answered);
      const [last, more] = finish(mended, ended, ended.result!, moment);
      return [last, [...effects, ...more]];
    }
    default:
      return [mended, effects];
  }
}

/**
 * How long the gateway takes to answer at most. Where the round trip is not
 * known the time of the answer stands for it, or a path that takes longer than
 * a timeout would never be waited for. It may be a try that was lost, so it
 * counts twice as much as before at most.
 */
function estimate(
  before: number | null,
  { rtt, answerTime }: Pick<CycleResult, "rtt" | "answerTime">,
): number | null {
  const bound = rtt ?? answerTime;
  if (before === null || bound === null) return bound ?? before;
  return Math.min(bound, 2 * Math.max(before, 1));
}

/** The last verdict becomes alive after all, if it was a fault. */
function mend(
  state: SessionState,
  { rtt, answerTime }: LateReply,
  moment: Moment,
): Step {
  if (state.verdict === null || classOf(state.verdict) !== "fault") {
    return [state, []];
  }
  const report: Report = { type: "late", verdict: "alive", rtt, answerTime };
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
  const { phase } = state;
  const { now } = moment;
  const { from, rtt, answerTime, port } = late;
  const answered = { from, rtt, answerTime, port };
  if (phase.type === "cycling") {
    const [cycle, effects] = hearLateDeath(phase.cycle, answered, now);
    return [withCycle(state, cycle), effects];
  }
  const again = { ...state, slot: now };
  return phase.type === "waiting" && mayConfirm(again)
    ? go(again, moment, answered)
    : [state, []];
}

function add(a: Reasons, b: Reasons): Reasons {
  const sum: Record<string, number> = { ...a };
  for (const [reason, n] of Object.entries(b)) {
    sum[reason] = (sum[reason] ?? 0) + n;
  }
  return sum;
}
