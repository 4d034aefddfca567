/**
 * One session: what its cycles have found out, what it waits for, and what
 * happens next. {@linkcode advance} is pure; its effects say what has to be done
 * in the world.
 *
 * @module
 */
import { familyOf, isName } from "../address.ts";
import type { CycleReport, CycleResult, LateReport } from "../finding.ts";
import type { Moment } from "../machine.ts";
import type { Answered, CycleEnd, LateReply, Order } from "../probe/probe.ts";
import { classOf, type Verdict } from "../verdict.ts";
import type { Fault } from "../world.ts";
import { nextSlot } from "./schedule.ts";
import {
  deadline,
  type Effect,
  givesUpAt,
  mayConfirm,
  openHeartbeat,
  type Phase,
  prepareLimit,
  type Session,
  type SessionEvent,
  type SessionState,
  type Step,
} from "./session_state.ts";
import {
  doubtfulHost,
  learn,
  type Resolution,
  resolve,
  targetsOf,
} from "./targets.ts";

/** The session after an event, and what has to be done. */
export function advance(
  state: SessionState,
  event: SessionEvent,
  moment: Moment,
): Step {
  switch (event.type) {
    case "time":
      return moment.now < deadline(state) ? [state, []] : onTime(state, moment);
    case "wake":
      return onWake(state, moment);
    case "hosts":
      return onHosts(state, event.answer, moment);
    case "identity":
      return onIdentity(state, event.identity, moment);
    case "ask":
      return onAsk(state, moment);
    case "hopeless":
      return onHopeless(state);
    case "plan":
      return onPlan(state, event, moment);
    case "confirming":
      return [{ ...state, confirmedAt: state.slot }, []];
    case "ended":
      return finish(state, event.end, moment);
    case "late":
      return onLate(state, event.late, moment);
    case "lost":
      return onLost(state, moment);
  }
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
    case "verifying":
      // An identity that can't be read stays what it was.
      return conclude(state, phase.result, moment);
    case "asking":
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
  const [before, after] = [state.plan, plan].map(({ values, files }) =>
    JSON.stringify([values, files])
  );
  const isSame = before === after;
  const heartbeat = isSame
    ? state.heartbeat
    : openHeartbeat(plan, state.identity);
  const next = { ...state, plan, heartbeat };
  if (state.phase.type !== "waiting") return [next, []];
  const slot = Math.max(moment.now, Math.min(start, state.phase.slot));
  return [{ ...next, phase: { type: "waiting", slot }, gridSlot: null }, []];
}

/** The network may be another one after a suspend, so a cycle starts at once. */
function onWake(state: SessionState, moment: Moment): Step {
  if (state.phase.type !== "waiting") return [state, []];
  const gridSlot = state.gridSlot ?? state.phase.slot;
  return prepare({ ...state, slot: moment.now, gridSlot }, moment);
}

/** The connection that was held has ended, which is no verdict: a cycle finds out at once, unless one has done so within this interval. */
function onLost(state: SessionState, moment: Moment): Step {
  const { phase, lostAt, plan: { interval } } = state;
  const { now } = moment;
  const isTooSoon = lostAt !== null && now - lostAt < interval;
  if (phase.type !== "waiting" || isTooSoon) return [state, []];
  const gridSlot = state.gridSlot ?? phase.slot;
  return prepare({ ...state, lostAt: now, slot: now, gridSlot }, moment);
}

/** Begins a cycle: asks for what the first try needs. */
function prepare(state: SessionState, moment: Moment): Step {
  const { readIdentity, gateway } = state.plan;
  const isNamed = isName(gateway.host);
  const effects: Effect[] = [];
  if (readIdentity !== null) effects.push({ type: "read-identity" });
  if (isNamed) effects.push({ type: "look-up" });
  const phase: Phase = {
    type: "preparing",
    until: moment.now + prepareLimit,
    identity: readIdentity === null ? "known" : "pending",
    hosts: isNamed ? "pending" : "known",
  };
  const begun = { ...state, phase, isOvertaken: false };
  const [next, more] = goIfReady(begun, moment);
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

function onIdentity(
  state: SessionState,
  identity: string | null,
  moment: Moment,
): Step {
  const { phase } = state;
  const isNew = identity !== null && identity !== state.identity;
  const isUnread = identity === null && state.isUnread;
  const used = isNew ? useIdentity(state, identity) : state;
  const next = { ...used, isUnread };
  switch (phase.type) {
    case "preparing":
      // Without an identity there is nothing to wait for.
      if (next.identity === null) return go(next, moment);
      return goIfReady(
        { ...next, phase: { ...phase, identity: "known" } },
        moment,
      );
    case "verifying":
      return onVerified(next, phase.result, { identity, isNew }, moment);
    case "waiting":
      return [next, []];
    default:
      return [state, []];
  }
}

/** How often in a row a death is put off because the identity has changed. */
const maxRestarts = 3;

/** Decides about a death now that the identity has been read again. */
function onVerified(
  state: SessionState,
  result: CycleResult,
  { identity, isNew }: {
    readonly identity: string | null;
    readonly isNew: boolean;
  },
  moment: Moment,
): Step {
  const noun = state.plan.protocol.identity?.noun ?? "identity";
  const doubt = (change: Partial<SessionState>, message: string) => {
    const fault = { code: "EIDENTITY", message };
    const silent = { ...result, verdict: "silent", fault } as const;
    return conclude({ ...state, ...change }, silent, moment);
  };
  if (identity === null) {
    // A login may just have emptied the file. Twice in a row, it is no login.
    return state.isUnread ? conclude(state, result, moment) : doubt(
      { isUnread: true },
      `the gateway says that the session is dead, but the ${noun} cannot be read now`,
    );
  }
  // Another identity means that somebody has logged in again: the old one may be dead.
  if (!isNew) return conclude(state, result, moment);
  const { restarts } = state;
  return restarts < maxRestarts
    ? prepare({ ...state, restarts: restarts + 1, slot: moment.now }, moment)
    : doubt({}, `the ${noun} keeps changing`);
}

/** Somebody has logged in: asks at once. A cycle that is under way was begun without that. */
function onAsk(state: SessionState, moment: Moment): Step {
  switch (state.phase.type) {
    case "waiting":
      return askAgain(state, moment);
    case "ended":
      return [state, []];
    default:
      return [{ ...state, isOvertaken: true }, []];
  }
}

/** Begins a cycle at once, because somebody has logged in. */
function askAgain(state: SessionState, moment: Moment): Step {
  const next = { ...state, slot: moment.now, gridSlot: null };
  return prepare({ ...next, confirmedAt: null }, moment);
}

/** Nobody will log in any more: that is a death, even where nothing could be asked. */
function onHopeless(state: SessionState): Step {
  if (state.phase.type === "ended") return [state, []];
  const { lastReported } = state;
  const isNews = lastReported === null || classOf(lastReported) !== "dead";
  const dead = { ...state, verdict: "dead", lastReported: "dead" } as const;
  const [ended, effects] = end(dead);
  if (!isNews) return [ended, effects];
  const report = {
    type: "transition",
    from: lastReported ?? "none",
    to: "dead",
    cause: null,
  } as const;
  return [ended, [{ type: "report", report }, ...effects]];
}

/** Goes on with another identity. Confirmations of the last one do not count. */
function useIdentity(state: SessionState, identity: string): SessionState {
  const heartbeat = openHeartbeat(state.plan, identity);
  return { ...state, identity, heartbeat, confirmedAt: null };
}

function goIfReady(state: SessionState, moment: Moment): Step {
  const { phase } = state;
  const waits = phase.type === "preparing" &&
    (phase.identity === "pending" || phase.hosts === "pending");
  return waits ? [state, []] : go(state, moment);
}

/** Makes a cycle with what is known by now, which confirms `lateDeath` if there is one. */
function go(
  state: SessionState,
  moment: Moment,
  lateDeath: Answered | null = null,
): Step {
  const { heartbeat } = state;
  if (heartbeat === null) return putOff(state, moment);
  const order = orderOf(state, { heartbeat, lateDeath }, moment);
  if (order.targets.length === 0) {
    return conclude(state, nothingSent(unresolved(state)), moment);
  }
  return [{ ...state, phase: { type: "asking" } }, [{ type: "begin", order }]];
}

/** Waits for somebody to log in: nothing can be asked before. */
function putOff(state: SessionState, moment: Moment): Step {
  if (state.isOvertaken) return askAgain(state, moment);
  return [waitForSlot(state, moment), [{
    type: "report",
    report: { type: "unnamed" },
  }]];
}

/** The family that may be asked: its own address may leave one alone, and portals judge by IPv4 wherever there is any. */
function familyFor(
  { family, bind, protocol }: Session,
  { hosts }: Resolution,
): Session["family"] {
  if (family !== "auto") return family;
  const prefersIpv4 = protocol.carrier === "stream" && protocol.prefersIpv4 &&
    hosts.some((host) => familyOf(host) === "4");
  return familyOf(bind ?? "") ?? (prefersIpv4 ? "4" : family);
}

/** The cycle to make now. */
function orderOf(
  state: SessionState,
  { heartbeat, lateDeath }: Pick<Order, "heartbeat" | "lateDeath">,
  { now }: Moment,
): Order {
  const { plan, resolution, smoothedRtt, silentCycles } = state;
  const { interval, tries, confirm, protocol } = plan;
  const allowed = familyFor(plan, resolution);
  const all = targetsOf(resolution, { allowed, tries });
  // What has answered decides about a death, and has to come round again in time. Where nothing has, all decide.
  const few = protocol.carrier === "stream"
    ? all.slice(0, tries + confirm)
    : [];
  const hosts = few.some((host) => host === resolution.answered) ? few : all;
  return {
    heartbeat,
    targets: hosts.map((host) => ({ host, port: plan.gateway.port })),
    replyFrom: plan.replyFrom ?? [],
    doubtful: doubtfulHost(resolution, { now, interval }),
    bind: plan.bind,
    silentCycles,
    timeout: plan.timeout,
    tries,
    confirm: plan.confirm,
    deadAfter: plan.deadAfter,
    mayConfirm: mayConfirm(state),
    hearsLateDeaths: isFault(state.verdict),
    lateDeath,
    smoothedRtt,
    lastAnswered: resolution.answered,
    deadOn: plan.deadOn,
    hold: plan.hold,
  };
}

function isFault(verdict: Verdict | null): boolean {
  return verdict !== null && classOf(verdict) === "fault";
}

function unresolved({ phase, plan, resolution }: SessionState): Fault {
  const { gateway: { host } } = plan;
  const family = familyFor(plan, resolution);
  const found = phase.type === "preparing" ? phase.hosts : "known";
  switch (found) {
    case "known":
      return {
        code: "ENODATA",
        message: `${host} has no IPv${family} address`,
      };
    case "pending": {
      const limit = `${prepareLimit / 1000} s`;
      const message =
        `the resolver did not answer for ${host} within ${limit}: is a server in /etc/resolv.conf reachable?`;
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

/** Takes the end of a cycle. */
function finish(
  state: SessionState,
  { order, since, tries, asked, heard, disagreement, ...end }: CycleEnd,
  moment: Moment,
): Step {
  if (state.phase.type !== "asking") return [state, []];
  const result = withFamilyWarning(state.plan, end.result);
  const { verdict, address, reasons } = result;
  const found = { verdict, address, since, tries, asked, heard };
  const learned = learn(state.resolution, found);
  // Anybody can refuse: only a proof of life says where a stream's peer is.
  const isProven = state.plan.protocol.carrier === "datagram" ||
    verdict === "alive";
  const resolution = isProven
    ? learned
    : { ...learned, answered: state.resolution.answered };
  const next = {
    ...state,
    resolution,
    silentCycles: verdict === "silent" ? state.silentCycles + 1 : 0,
  };
  const isDoubtful = verdict === "silent" && reasons.moved !== undefined;
  const [last, effects] = disagreement !== undefined
    ? conclude(
      next,
      { ...result, verdict: "silent", fault: disagreement },
      moment,
    )
    : verdict === "dead"
    ? verify(next, result, moment)
    : isDoubtful
    ? conclude(next, { ...result, fault: moved(state, order) }, moment)
    : conclude(next, result, moment);
  return resolution === state.resolution
    ? [last, effects]
    : [last, [{ type: "located", resolution }, ...effects]];
}

function moved(
  { plan: { gateway, interval } }: SessionState,
  { doubtful }: Order,
): Fault {
  const time = `${interval / 1000} s`;
  return {
    code: "EMOVED",
    message:
      `${doubtful} says that the session is dead, but ${gateway.host} has other addresses now; the death counts once these have been silent for two cycles and for ${time}`,
  };
}

/** Reads the identity before a death counts: somebody may have logged in again. */
function verify(
  state: SessionState,
  result: CycleResult,
  moment: Moment,
): Step {
  if (state.plan.readIdentity === null) return conclude(state, result, moment);
  const phase: Phase = {
    type: "verifying",
    until: moment.now + prepareLimit,
    result,
  };
  return [{ ...state, phase }, [{ type: "read-identity" }]];
}

/** Takes a cycle's verdict: reports it and plans the next cycle, or ends. */
function conclude(
  state: SessionState,
  result: CycleResult,
  moment: Moment,
): Step {
  const { verdict } = result;
  const { smoothedRtt, plan, isOvertaken } = state;
  // This was asked before somebody logged in.
  if (verdict === "dead" && isOvertaken) return askAgain(state, moment);
  const [next, effects] = report(
    {
      ...state,
      cycles: state.cycles + 1,
      restarts: 0,
      confirmedAt: isUnanswered(state, result) ? null : state.confirmedAt,
      smoothedRtt: verdict === "alive"
        ? estimate(smoothedRtt, result)
        : smoothedRtt,
    },
    { type: "cycle", result },
    moment,
  );
  const isOver = next.cycles === plan.count ||
    moment.now >= givesUpAt(next) ||
    verdict === "dead" && plan.login === null;
  const [last, more] = isOver
    ? end(next)
    : isOvertaken && verdict !== "alive"
    ? askAgain(next, moment)
    : [waitForSlot(next, moment), []];
  return [last, [...effects, ...reconnects(result), ...more]];
}

/** Portals let IPv6 through without a login as a rule, so that it says little. */
function withFamilyWarning(
  { protocol, gateway, family, bind }: Session,
  result: CycleResult,
): CycleResult {
  const { stream, address } = result;
  const isDoubtful = stream !== undefined && stream.warning === null &&
    protocol.carrier === "stream" && protocol.prefersIpv4 &&
    isName(gateway.host) && familyOf(address?.host ?? "") === "6" &&
    family === "auto" && familyOf(bind ?? "") === null;
  if (!isDoubtful) return result;
  const warning =
    "over IPv6, since its name has no IPv4 address: many networks let IPv6 through without a login";
  return { ...result, stream: { ...stream, warning } };
}

/** What there is to report of a connection that replaced the one that was held. */
function reconnects({ stream }: CycleResult): Effect[] {
  const { reconnect: reason = null } = stream ?? {};
  return reason === null
    ? []
    : [{ type: "report", report: { type: "reconnect", reason } }];
}

/** Whether a confirmation failed only because its answers were lost. The next cycle may try again then. */
function isUnanswered(
  { confirmedAt, slot, plan }: SessionState,
  { verdict, deadReplies, reasons }: CycleResult,
): boolean {
  return confirmedAt === slot && verdict === "silent" &&
    deadReplies < plan.confirm && reasons["forged"] === undefined;
}

/** Reports a verdict, and a transition behind it if the class has changed. */
function report(
  state: SessionState,
  cause: CycleReport | LateReport,
  { now }: Moment,
): Step {
  const { verdict } = cause.type === "cycle" ? cause.result : cause;
  const kind = classOf(verdict);
  const faults = kind === "fault" ? state.faults + 1 : 0;
  const aliveAt = kind === "alive" ? now : state.aliveAt;
  const alives = kind === "alive" ? state.alives + 1 : 0;
  const next = { ...state, verdict, faults, alives, aliveAt };
  const effects: Effect[] = [{ type: "report", report: cause }];
  const { lastReported } = state;
  const isChange = lastReported === null || classOf(lastReported) !== kind;
  const isTolerated = kind === "fault" && faults <= state.plan.tolerate;
  const isRecovering = kind === "alive" && isFault(lastReported) &&
    alives < state.plan.recover;
  if (!isChange || isTolerated || isRecovering) return [next, effects];
  effects.push({
    type: "report",
    report: {
      type: "transition",
      from: lastReported ?? "none",
      to: verdict,
      cause,
    },
  });
  return [{ ...next, lastReported: verdict }, effects];
}

/** Waits for the next slot. */
function waitForSlot(
  state: SessionState,
  { now, random }: Moment,
): SessionState {
  const { slot, gridSlot, faults, plan: { interval, jitter } } = state;
  const next = nextSlot({
    slot,
    gridSlot,
    now,
    interval,
    jitter,
    faults,
    random,
  });
  const phase: Phase = { type: "waiting", slot: next };
  return { ...state, phase, gridSlot: faults === 0 ? null : gridSlot };
}

/** The session is over. Where nothing was ever asked no verdict could be reached. */
function end(state: SessionState): Step {
  const { verdict } = state;
  const ended: SessionState = { ...state, phase: { type: "ended" } };
  return [ended, [{
    type: "report",
    report: { type: "ended", verdict: verdict ?? "silent" },
  }]];
}

/** A reply to a cycle that is over. */
function onLate(state: SessionState, late: LateReply, moment: Moment): Step {
  // An answer to another identity says nothing about this one.
  const isOther = late.order.heartbeat !== state.heartbeat;
  if (isOther || state.phase.type === "ended") return [state, []];
  return late.reply === "alive"
    ? aliveAfterAll(state, late, moment)
    : deadAfterAll(state, late, moment);
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
    silentCycles: 0,
    smoothedRtt: estimate(state.smoothedRtt, late),
    resolution: learn(state.resolution, {
      verdict: "alive",
      address: from,
      since: moment.now,
      tries: 0,
      asked: [],
      heard: [],
    }),
  };
  const [corrected, effects] = isFault(state.verdict)
    ? report(next, { type: "late", verdict: "alive", rtt, answerTime }, moment)
    : [next, []];
  return phase.type === "waiting"
    ? [waitForSlot(corrected, moment), effects]
    : [corrected, effects];
}

/**
 * How long the gateway takes to answer at most, in ms. Without a round trip the
 * answer's time counts: a path may take longer than a timeout. A lost try makes
 * that time longer too, so the estimate at most doubles.
 */
function estimate(
  before: number | null,
  { rtt, answerTime }: Pick<CycleResult, "rtt" | "answerTime">,
): number | null {
  const bound = rtt ?? answerTime;
  if (before === null || bound === null) return bound ?? before;
  return Math.min(bound, 2 * Math.max(before, 1));
}

/** A death reply came after its cycle's end: a new cycle confirms it, unless the last verdict was alive. */
function deadAfterAll(
  state: SessionState,
  { from, rtt, answerTime, port }: LateReply,
  moment: Moment,
): Step {
  const again = { ...state, slot: moment.now };
  return isFault(state.verdict) && state.phase.type === "waiting" &&
      mayConfirm(again)
    ? go(again, moment, { from, rtt, answerTime, port })
    : [state, []];
}
