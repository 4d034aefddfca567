/**
 * What a session's sockets have heard, as data: in the cycle under way, and late.
 *
 * @module
 */
import { countReason, type CycleResult, type Reasons } from "../../finding.ts";
import type { Moment } from "../../machine.ts";
import type { DatagramOrder, LateReply, ProbeEvent } from "../probe.ts";
import {
  advanceCycle,
  beginCycle,
  type Cycle,
  type CycleEffect,
  type CycleEvent,
  endAlive,
  hearLateDeath,
} from "./cycle.ts";
import type { LateEvent } from "./late.ts";

/** The state of a session's sockets. */
export interface Exchange {
  /** The cycle under way; `null` if there is none. */
  readonly cycle: Cycle | null;
  /** The number that the next socket gets. */
  readonly nextSocket: number;
  /** The order of the last cycle that is over; `null` before the first. */
  readonly lastOrder: DatagramOrder | null;
  /** Late datagrams since the last report of a cycle, by reason. */
  readonly discarded: Reasons;
}

/** What can happen. */
export type ExchangeEvent =
  | CycleEvent
  | LateEvent
  /** A cycle starts. */
  | { readonly type: "begin"; readonly order: DatagramOrder };

/** What has to be done. */
export type ExchangeEffect =
  | CycleEffect
  /** This cycle is over: let its sockets linger. */
  | { readonly type: "linger"; readonly cycle: Cycle }
  /** Report to the session. */
  | { readonly type: "report"; readonly event: ProbeEvent };

/** An exchange, and what has to be done. */
export type Step = [Exchange, ExchangeEffect[]];

/** The exchange before the first cycle; one for all sessions, since there may be thousands. */
export const nothingAsked: Exchange = {
  cycle: null,
  nextSocket: 0,
  lastOrder: null,
  discarded: {},
};

/** When it has to act next without an event, in monotonic ms; infinite without a cycle. */
export function deadlineOf({ cycle }: Exchange): number {
  return cycle?.deadline ?? Infinity;
}

/** The exchange after an event, and what has to be done. */
export function advanceExchange(
  state: Exchange,
  event: ExchangeEvent,
  moment: Moment,
): Step {
  switch (event.type) {
    case "begin":
      return onCycle(state, beginCycle(event.order, state.nextSocket, moment));
    case "late":
      return onLate(state, event.late, moment);
    case "discarded":
      return [discard(state, event.reason), []];
    case "datagram":
    case "icmp":
    case "bound":
    case "unsent":
      return ofCycle(state, event.socket)
        ? onCycleEvent(state, event, moment)
        : [state, []];
    case "time":
      return moment.now < deadlineOf(state)
        ? [state, []]
        : onCycleEvent(state, event, moment);
    case "decoy":
    case "uplinks":
      return onCycleEvent(state, event, moment);
  }
}

function ofCycle({ cycle }: Exchange, socket: number): boolean {
  return cycle?.sockets.some(({ id }) => id === socket) ?? false;
}

function onCycleEvent(
  state: Exchange,
  event: CycleEvent,
  moment: Moment,
): Step {
  if (state.cycle === null) return [state, []];
  return onCycle(state, advanceCycle(state.cycle, event, moment));
}

/** Takes over a changed cycle; ends it if it has a result. */
function onCycle(
  state: Exchange,
  [cycle, effects]: [Cycle, CycleEffect[]],
): Step {
  const ids = cycle.sockets.map(({ id }) => id);
  const nextSocket = Math.max(state.nextSocket, ...ids.map((id) => id + 1));
  if (cycle.result === null) {
    return [{ ...state, cycle, nextSocket }, effects];
  }
  const { plan: order, sockets, since, made: tries, result } = cycle;
  const reasons = add(result.reasons, state.discarded);
  const asked = sockets.flatMap((socket) =>
    socket.asked.map(({ to }) => to.host)
  );
  const heard = cycle.flawed > 0 ? asked : [];
  const whole = { ...result, reasons };
  const end = { order, result: whole, since, tries, asked, heard };
  return [
    { cycle: null, nextSocket, lastOrder: order, discarded: {} },
    [
      ...effects,
      { type: "linger", cycle },
      { type: "report", event: { type: "ended", end } },
    ],
  ];
}

function discard(state: Exchange, reason: string): Exchange {
  return { ...state, discarded: countReason(state.discarded, reason) };
}

/** A valid reply on a socket whose cycle is over. */
function onLate(
  state: Exchange,
  reply: Extract<LateEvent, { type: "late" }>["late"],
  { now }: Moment,
): Step {
  const late = { ...reply, isLast: reply.order === state.lastOrder };
  const next = discard(state, "late");
  const report: ExchangeEffect = {
    type: "report",
    event: { type: "late", late },
  };
  const { cycle } = next;
  // An answer to another identity says nothing about this one.
  if (cycle === null || late.order.heartbeat !== cycle.plan.heartbeat) {
    return [next, [report]];
  }
  if (late.reply === "dead") {
    return cycle.plan.hearsLateDeaths
      ? onCycle(next, hearLateDeath(cycle, late, now))
      : [next, []];
  }
  const [last, effects] = onCycle(next, [lifeBeside(cycle, late), []]);
  return [last, [report, ...effects]];
}

/** A sign of life on an older socket ends the cycle, unless a death reply of the cycle's own is newer than that. */
function lifeBeside(cycle: Cycle, late: LateReply): Cycle {
  const without = { ...cycle, lateDeath: null };
  return cycle.sockets.some(({ deaths }) => deaths > 0)
    ? without
    : endAlive(without, late);
}

function add(a: CycleResult["reasons"], b: Reasons): Reasons {
  const sum: Record<string, number> = { ...a };
  for (const [reason, n] of Object.entries(b)) {
    sum[reason] = (sum[reason] ?? 0) + n;
  }
  return sum;
}
