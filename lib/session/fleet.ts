/**
 * Several sessions in one process, which come and go as they are configured.
 *
 * @module
 */
import type { Verdict } from "../verdict.ts";
import { type Agent, type AgentWorld, keepAlive } from "./agent.ts";
import {
  createLoginKeeper,
  type LogIn,
  type LoginKeeper,
} from "./login_keeper.ts";
import { TimerList } from "./timer_list.ts";
import { firstSlot, wakeSlot } from "./schedule.ts";
import { createSockets } from "../probe/datagram/sockets.ts";
import { unknownResolution } from "./targets.ts";
import { watchForWake } from "./wake.ts";
import type { Report } from "../finding.ts";
import type { Session } from "./session_state.ts";

/** What a fleet works with. */
export interface FleetOptions<S extends Session> {
  /** The outside. */
  readonly world: AgentWorld;
  /** Receives each session's reports. `next` is when its next cycle starts, in monotonic ms; `null` if none will. */
  readonly onReport: (session: S, report: Report, next: number | null) => void;
  /** Runs the logins of sessions that have one. */
  readonly logIn: (session: S) => LogIn;
  /** The gateway's address that answered an earlier process last; `null`, as if absent, if none is known. */
  readonly answered?: (session: S) => string | null;
  /** Receives the last verdicts once every session is over. */
  readonly onEnd: (verdicts: readonly Verdict[]) => void;
}

/** Sessions that are kept alive. */
export interface Fleet<S extends Session> {
  /**
   * Keeps only these sessions alive from now on, at least one. A session that has
   * not changed is not disturbed; if it was over, it stays over. Many new ones
   * begin one after the other. A changed one begins when its next cycle was due,
   * at the latest. It keeps its state if protocol, gateway and UID are the same,
   * and in any case the pause before its next login.
   */
  keep(sessions: readonly S[]): void;
  /** Asks all of them now, or within seconds if they are many. */
  ask(): void;
  /** Stops all of them without a report. */
  stop(): void;
}

/** A session that is kept alive. */
interface Member<S> {
  session: S;
  /** When its first cycle starts, in monotonic ms. */
  readonly start: number;
  /** `null` until its first cycle starts: making ten thousand at once would take long. */
  agent: Agent | null;
  /** Its last verdict; `null` while it is not over. */
  verdict: Verdict | null;
}

/** Makes a fleet without sessions. `isSame` says whether a session has not changed. */
export function createFleet<S extends Session>(
  { world, onReport, onEnd, logIn, answered }: FleetOptions<S>,
  isSame: (before: S, after: S) => boolean,
): Fleet<S> {
  const sockets = createSockets(world);
  const members = new Map<string, Member<S>>();
  /** By the session's name; they outlive their sessions. */
  const loginKeepers = new Map<string, LoginKeeper>();
  let isChanging = false;
  const begins = new TimerList(world.clock, begin);
  const wakes = new TimerList(world.clock, (member: Member<S>) => {
    begin(member);
    member.agent?.wake();
  });
  const ask = () => {
    const now = world.clock.now();
    wakes.set([...members.values()].map((member, place) => {
      const { interval } = member.session;
      const slot = wakeSlot({ place, of: members.size, interval });
      return [now + slot, member];
    }));
  };
  const stopWatch = watchForWake(world.clock, ask);

  function begin(member: Member<S>): void {
    const { session, start } = member;
    const isGone = members.get(session.name) !== member;
    if (isGone || member.agent !== null) return;
    member.agent = keepAlive(session, {
      world,
      sockets,
      start,
      resolution: {
        ...unknownResolution(session.gateway.host),
        answered: answered?.(session) ?? null,
      },
      onReport(report, next) {
        onReport(member.session, report, next);
        loginKeeperOf(member.session)?.hear(report);
        if (report.type !== "ended") return;
        member.verdict = report.verdict;
        endIfOver();
      },
    });
  }

  /** What keeps a session logged in; `null` if nothing does. */
  function loginKeeperOf({ name, login }: S): LoginKeeper | null {
    if (login === null) return null;
    const known = loginKeepers.get(name);
    if (known !== undefined) return known;
    const keeper = createLoginKeeper({
      world,
      tries: () => members.get(name)?.session.loginTries ?? null,
      logIn(request, callback) {
        const { session } = members.get(name)!;
        logIn(session)(request, callback);
      },
      ask: () => members.get(name)?.agent?.ask(),
      giveUp: () => members.get(name)?.agent?.giveUp(),
      onReport(report) {
        const member = members.get(name);
        if (member === undefined) return;
        onReport(member.session, report, nextOf(member));
      },
    });
    loginKeepers.set(name, keeper);
    return keeper;
  }

  function endIfOver(): void {
    if (isChanging) return;
    const verdicts = [...members.values()].map(({ verdict }) => verdict);
    if (verdicts.every((verdict) => verdict !== null)) onEnd(verdicts);
  }

  /** Goes on with a session whose settings have changed, from `start` on at the latest. */
  function change(before: Member<S>, session: S, start: number): boolean {
    const { agent, verdict } = before;
    if (agent === null || verdict !== null) return false;
    if (!isAtSameGateway(before.session, session)) return false;
    const keeper = loginKeepers.get(session.name);
    if (session.login === null) keeper?.reset();
    else if (session.login !== before.session.login) keeper?.replace();
    before.session = session;
    agent.change(session, start);
    return true;
  }

  return {
    keep(sessions) {
      isChanging = true;
      const names = new Set(sessions.map(({ name }) => name));
      for (const [name, { agent }] of members) {
        if (names.has(name)) continue;
        agent?.stop();
        members.delete(name);
        loginKeepers.get(name)?.reset();
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
          const { interval, name } = session;
          const slot = firstSlot({ place, of: list.length, interval });
          const start = Math.min(now + slot, Math.max(now, due ?? Infinity));
          if (before !== undefined && change(before, session, start)) return;
          before?.agent?.stop();
          loginKeepers.get(name)?.reset();
          members.set(name, { session, start, agent: null, verdict: null });
        });
      }
      begins.set(
        members.values().filter(({ agent }) => agent === null)
          .map((member) => [member.start, member]),
      );
      isChanging = false;
      endIfOver();
    },
    ask,
    stop() {
      stopWatch();
      begins.set([]);
      wakes.set([]);
      for (const keeper of loginKeepers.values()) keeper.stop();
      for (const { agent } of members.values()) agent?.stop();
    },
  };
}

/** When a session's next cycle starts, in monotonic ms; `null` once it is over. */
function nextOf<S>({ agent, start }: Member<S>): number | null {
  return agent === null ? start : agent.next;
}

/** Whether two sessions have the same gateway and, as far as known before it is read, the same identity. */
function isAtSameGateway(a: Session, b: Session): boolean {
  const { host, port } = a.gateway;
  const isSameIdentity = a.readIdentity === null
    ? b.readIdentity === null && a.identity === b.identity
    : b.readIdentity !== null;
  return isSameIdentity && a.protocol === b.protocol &&
    host === b.gateway.host && port === b.gateway.port && a.path === b.path &&
    a.createProbe === b.createProbe;
}
