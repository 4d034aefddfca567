/**
 * Keeps a session alive in the world: does what the session's state asks for,
 * and tells it what came of that.
 *
 * @module
 */
import { familyOf } from "../address.ts";
import type { Heartbeat, Protocol } from "../protocol/heartbeat.ts";
import { srun } from "../protocol/srun.ts";
import {
  type DatagramSocket,
  type Fault,
  isFault,
  type World,
} from "../world.ts";
import type { Send } from "./cycle.ts";
import { advance } from "./session.ts";
import {
  beginSession,
  deadline,
  type Effect,
  nextStart,
  type Report,
  type SessionEvent,
  type SessionPlan,
} from "./session_state.ts";
import type { Sockets } from "./sockets.ts";
import { reachable, sourceAddress } from "./source_address.ts";

/** The world as far as an agent needs it. */
export type AgentWorld = Pick<
  World,
  "clock" | "datagrams" | "interfaces" | "names" | "random"
>;

/** What is to be kept alive, and how. */
export interface AgentSession
  extends Omit<SessionPlan, "heartbeat" | "rereadsUid"> {
  /** The local address that datagrams leave from, or the name of an interface whose address it is; `null` for whichever the route says. */
  readonly bind: string | null;
  /** Whether a reply has to be as it should be to the last byte. */
  readonly strictReply: boolean;
  /** Reads the UID again and calls back with it, or with `null` if that failed; `null` if it stays what it was. */
  readonly readUid: ((callback: (uid: bigint | null) => void) => void) | null;
}

/** What an agent works with. */
export interface AgentOptions {
  /** The outside. */
  readonly world: AgentWorld;
  /** The sockets that all sessions share. */
  readonly sockets: Sockets;
  /** Is told whatever there is to tell, and when the next cycle starts, in monotonic ms; `null` if none will. */
  readonly onReport: (report: Report, next: number | null) => void;
  /**
   * Logs in again once the session with this UID is dead, however long that
   * takes, and calls back with the new UID, or with `null` if there is none.
   * Absent if nobody logs in again: a death is the end then.
   */
  readonly logIn?: LogIn;
  /** When the first cycle starts, in monotonic ms; at once if absent. */
  readonly start?: number;
}

/** Logs in again, and calls back with the new UID, or with `null` if there is none. */
export type LogIn = (
  dead: bigint,
  callback: (uid: bigint | null) => void,
) => void;

/** A session that is being kept alive. */
export interface Agent {
  /** When its next cycle starts, or the one under way was to start, in monotonic ms; `null` once it is over. */
  readonly next: number | null;
  /** Stops it without a report. */
  stop(): void;
  /** Tells it that the machine was suspended until now. */
  wake(): void;
}

/** How long a process that did not run may take to hear what arrived meanwhile, in ms. */
const grace = 250;

/** What every gateway speaks, as long as there is one protocol. */
const protocol: Protocol = srun;

/** The heartbeat of a session with the UID that it has at the start. */
export function heartbeatOf(
  { uid, strictReply }: Pick<AgentSession, "uid" | "strictReply">,
): Heartbeat {
  return protocol(uid, { strictReply });
}

const nobody: LogIn = (_dead, callback) => callback(null);

/** The family that its own address leaves a session, if it has one. */
function familyFor({ family, bind }: AgentSession): SessionPlan["family"] {
  return family === "auto" ? familyOf(bind ?? "") ?? family : family;
}

/** Begins to keep a session alive, and goes on until it is over (the last report is `ended`) or stopped. */
export function keepAlive(
  session: AgentSession,
  { world, sockets, onReport, logIn = nobody, ...options }: AgentOptions,
): Agent {
  const { clock, interfaces } = world;
  const { start = clock.now() } = options;
  const heartbeat = (uid: bigint) => heartbeatOf({ ...session, uid });
  const bound = new Map<number, DatagramSocket>();
  const events: SessionEvent[] = [];
  const plan = {
    ...session,
    heartbeat,
    family: familyFor(session),
    rereadsUid: session.readUid !== null,
  };
  let state = beginSession(plan, start);
  let cancelTimer = () => {};
  let timerAt = Infinity;
  let previousPorts: ReadonlySet<number> = new Set();
  // The number of the first socket whose cycle is not over.
  let retired = 0;
  let stopped = false;

  /** Takes events one after the other, also those that their effects cause at once. */
  function happen(event: SessionEvent): void {
    events.push(event);
    if (events.length > 1) return;
    for (let next; (next = events[0]) !== undefined; events.shift()) {
      if (stopped) continue;
      const moment = { now: clock.now(), random: world.random() };
      const [newState, effects] = advance(state, next, moment);
      state = newState;
      for (const effect of effects) perform(effect);
    }
    if (!stopped) setTimer();
  }

  function setTimer(): void {
    const at = deadline(state);
    if (at === timerAt) return;
    cancelTimer();
    timerAt = at;
    if (at === Infinity) return;
    const fire = () => {
      timerAt = Infinity;
      happen({ type: "time" });
    };
    cancelTimer = clock.setTimer(at, () => {
      if (state.phase.type === "waiting") return fire();
      // Answers that were there before, while this process did not run, come
      // first; `timerAt` stays, so that no flood of them puts this off again.
      const now = clock.now();
      cancelTimer = clock.setTimer(now + Math.min(now - at, grace), fire);
    });
  }

  function lookUp(): void {
    world.names.lookUp(session.gateway.host, (answer) => {
      if (isFault(answer)) return happen({ type: "hosts", answer });
      const hosts = reachable(answer, session.bind, interfaces);
      happen({ type: "hosts", answer: hosts });
    });
  }

  function perform(effect: Effect): void {
    switch (effect.type) {
      case "send":
        return send(effect);
      case "look-up":
        return lookUp();
      case "read-uid":
        return session.readUid?.((uid) => happen({ type: "uid", uid }));
      case "log-in":
        return logIn(effect.uid, (uid) => happen({ type: "login", uid }));
      case "linger":
        return linger(effect.sockets);
      case "report":
        return onReport(effect.report, nextStart(state));
    }
  }

  function send({ socket: id, to, bytes }: Send): void {
    const onFault = (fault: Fault) =>
      happen({ type: "unsent", socket: id, to, fault });
    const socket = bound.get(id);
    if (socket !== undefined) return socket.send(bytes, to, onFault);
    bind(id, to.host, (socket) => {
      if (isFault(socket)) onFault(socket);
      else socket.send(bytes, to, onFault);
    });
  }

  function bind(
    id: number,
    peer: string,
    callback: (socket: DatagramSocket | Fault) => void,
  ): void {
    const host = sourceAddress(session.bind, peer, interfaces);
    if (isFault(host)) return callback(host);
    sockets.bind(
      {
        host,
        longest: state.heartbeat.longestReply,
        onDatagram: (bytes, from) =>
          happen({ type: "datagram", socket: id, from, bytes }),
        avoid: previousPorts,
        // The next try asks for itself.
        until: deadline(state),
      },
      (socket) => {
        if (isFault(socket)) return callback(socket);
        // It may come when its cycle is over, or as the second one for two tries.
        if (stopped || id < retired) return socket.close();
        const first = bound.get(id);
        if (first !== undefined) {
          socket.close();
          return callback(first);
        }
        bound.set(id, socket);
        happen({ type: "bound", socket: id, port: socket.port });
        callback(socket);
      },
    );
  }

  function linger(ids: readonly number[]): void {
    const ports = new Set<number>();
    for (const id of ids) {
      retired = Math.max(retired, id + 1);
      const socket = bound.get(id);
      if (socket === undefined) continue;
      bound.delete(id);
      ports.add(socket.port);
      sockets.linger(socket);
    }
    if (ports.size > 0) previousPorts = ports;
  }

  function stop(): void {
    stopped = true;
    cancelTimer();
    for (const socket of bound.values()) socket.close();
  }

  happen({ type: "time" });
  return {
    stop,
    wake: () => happen({ type: "wake" }),
    get next() {
      return nextStart(state);
    },
  };
}
