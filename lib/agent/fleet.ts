/**
 * Several sessions in one process, which come and go as they are configured.
 *
 * @module
 */
import type { Verdict } from "../verdict.ts";
import {
  type Agent,
  type AgentSession,
  type AgentWorld,
  keepAlive,
  type LogIn,
} from "./agent.ts";
import { createAgenda } from "./agenda.ts";
import { firstSlot, wakeSlot } from "./schedule.ts";
import type { Report } from "./session_state.ts";
import { createSockets } from "./sockets.ts";
import { watchForWake } from "./wake.ts";

/** What a fleet works with. */
export interface FleetOptions<S extends AgentSession> {
  /** The outside. */
  readonly world: AgentWorld;
  /** Is told whatever there is to tell about a session, and when its next cycle starts, in monotonic ms; `null` if none will. */
  readonly onReport: (session: S, report: Report, next: number | null) => void;
  /** Who logs in again once a session is dead; nobody if absent. */
  readonly logIn?: (session: S) => LogIn;
  /** Is told the last verdicts once every session is over. */
  readonly onEnd: (verdicts: readonly Verdict[]) => void;
}

/** Sessions that are kept alive. */
export interface Fleet<S extends AgentSession> {
  /**
   * Keeps just these sessions alive from now on, at least one. One that is the
   * same as before is not disturbed; it is over for good if it was over. Many
   * that are new begin one after the other; one that has changed begins no
   * later than its next cycle was due.
   */
  keep(sessions: readonly S[]): void;
  /** Stops all of them without a report. */
  stop(): void;
}

/** A session that is kept alive. */
interface Member<S> {
  readonly session: S;
  /** When its first cycle starts, in monotonic ms. */
  readonly start: number;
  /** Made when its first cycle starts, so that ten thousand hold up nobody; `null` before. */
  agent: Agent | null;
}

/** Makes a fleet without sessions. `isSame` tells whether a session needn't be started anew. */
export function createFleet<S extends AgentSession>(
  { world, onReport, onEnd, logIn }: FleetOptions<S>,
  isSame: (before: S, after: S) => boolean,
): Fleet<S> {
  const sockets = createSockets(world);
  const members = new Map<string, Member<S>>();
  const ended = new Map<S, Verdict>();
  let isChanging = false;
  const begins = createAgenda(world.clock, begin);
  const wakes = createAgenda(world.clock, (member: Member<S>) => {
    begin(member);
    member.agent?.wake();
  });
  const stopWatch = watchForWake(world.clock, () => {
    const now = world.clock.now();
    wakes.set([...members.values()].map((member, place) => {
      const { interval } = member.session;
      const slot = wakeSlot({ place, of: members.size, interval });
      return [now + slot, member];
    }));
  });

  function begin(member: Member<S>): void {
    const { session, start } = member;
    const isGone = members.get(session.name) !== member;
    if (isGone || member.agent !== null) return;
    member.agent = keepAlive(session, {
      world,
      sockets,
      start,
      onReport(report, next) {
        onReport(session, report, next);
        if (report.type !== "ended") return;
        ended.set(session, report.verdict);
        endIfOver();
      },
      ...logIn && { logIn: logIn(session) },
    });
  }

  function endIfOver(): void {
    if (isChanging || ended.size < members.size) return;
    onEnd([...members.values()].map(({ session }) => ended.get(session)!));
  }

  return {
    keep(sessions) {
      isChanging = true;
      const names = new Set(sessions.map(({ name }) => name));
      for (const [name, { session, agent }] of members) {
        if (names.has(name)) continue;
        agent?.stop();
        members.delete(name);
        ended.delete(session);
      }
      const added: S[] = [];
      const changed: S[] = [];
      for (const session of sessions) {
        const before = members.get(session.name);
        if (before === undefined) added.push(session);
        else if (!isSame(before.session, session)) changed.push(session);
      }
      const now = world.clock.now();
      for (const list of [changed, added]) {
        list.forEach((session, place) => {
          const before = members.get(session.name);
          const due = before === undefined ? null : nextOf(before);
          before?.agent?.stop();
          if (before !== undefined) ended.delete(before.session);
          const { interval, name } = session;
          const slot = firstSlot({ place, of: list.length, interval });
          const start = Math.min(now + slot, Math.max(now, due ?? Infinity));
          members.set(name, { session, start, agent: null });
        });
      }
      begins.set(
        members.values().filter(({ agent }) => agent === null)
          .map((member) => [member.start, member]),
      );
      isChanging = false;
      endIfOver();
    },
    stop() {
      stopWatch();
      begins.set([]);
      wakes.set([]);
      for (const { agent } of members.values()) agent?.stop();
    },
  };
}

/** When a session's next cycle starts, in monotonic ms; `null` once it is over. */
function nextOf<S>({ agent, start }: Member<S>): number | null {
  return agent === null ? start : agent.next;
}
