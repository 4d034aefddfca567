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
  type Endpoint,
  type Fault,
  isFault,
  type World,
} from "../world.ts";
import type { Send } from "../probe/datagram/cycle.ts";
import { advance } from "./session.ts";
import {
  beginSession,
  deadline,
  type Effect,
  nextStart,
  type SessionEvent,
  type SessionPlan,
  type SessionState,
} from "./session_state.ts";
import type { Sockets, WantedSocket } from "../probe/datagram/sockets.ts";
import type { Resolution } from "./targets.ts";
import {
  askForLines,
  checkSource,
  chooseSource,
  reachable,
} from "../probe/datagram/source_address.ts";
import type { Report } from "../finding.ts";

/** The world as far as an agent needs it. */
export type AgentWorld = Pick<
  World,
  "clock" | "datagrams" | "interfaces" | "names" | "random" | "routes"
>;

/** What is to be kept alive, and how. */
export interface AgentSession extends
  Omit<
    SessionPlan,
    "heartbeat" | "rereadsUid" | "replyFrom"
  > {
  /** The local address that datagrams leave from, or the interface that they leave by; `null` for whichever the route says. */
  readonly bind: string | null;
  /** Other addresses that may answer for the gateway, in canonical form. */
  readonly replyFrom: readonly string[];
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
  /** What is known already of where the gateway is; nothing but its name if absent. */
  readonly resolution?: Resolution;
  /** Is told what a cycle found out about that, before the report of the cycle. */
  readonly onLocated?: (resolution: Resolution) => void;
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
  /** Goes on with other settings of the same session, and starts the next cycle at monotonic time `start` at the latest. */
  change(session: AgentSession, start: number): void;
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

/** A socket, and the local address that it has. */
interface BoundSocket {
  readonly socket: DatagramSocket;
  readonly host: string;
}

/** A session that is kept alive; there may be thousands, most of them at rest. */
interface Kept extends Pick<AgentOptions, "world" | "sockets" | "onReport"> {
  session: AgentSession;
  readonly logIn: LogIn;
  readonly onLocated: (resolution: Resolution) => void;
  state: SessionState;
  /** Sockets whose cycle is not over, by their numbers. */
  bound: ReadonlyMap<number, BoundSocket>;
  /** The number of the first socket whose cycle is not over. */
  retired: number;
  /** Stops watching decoys; `null` while no death is being confirmed. */
  unwatch: (() => void) | null;
  /** The ports of the last cycle that had any. */
  previousPorts: readonly number[];
  /** How many cycles in a row were silent. */
  silentCycles: number;
  /** The events that are being taken; `null` at rest. */
  events: SessionEvent[] | null;
  cancelTimer: () => void;
  timerAt: number;
  stopped: boolean;
}

const nothing: ReadonlyMap<number, BoundSocket> = new Map();

const noTimer = () => {};

/** Begins to keep a session alive, and goes on until it is over (the last report is `ended`) or stopped. */
export function keepAlive(
  session: AgentSession,
  { world, sockets, onReport, logIn = nobody, ...options }: AgentOptions,
): Agent {
  const { start = world.clock.now() } = options;
  const kept: Kept = {
    session,
    world,
    sockets,
    onReport,
    logIn,
    onLocated: options.onLocated ?? (() => {}),
    state: beginSession(planOf(session), start, options.resolution),
    bound: nothing,
    unwatch: null,
    retired: 0,
    previousPorts: [],
    silentCycles: 0,
    events: null,
    cancelTimer: noTimer,
    timerAt: Infinity,
    stopped: false,
  };
  happen(kept, { type: "time" });
  return new KeptAgent(kept);
}

/** A class, so that many share their methods. */
class KeptAgent implements Agent {
  constructor(private readonly kept: Kept) {}

  stop(): void {
    stop(this.kept);
  }

  wake(): void {
    happen(this.kept, { type: "wake" });
  }

  change(session: AgentSession, start: number): void {
    this.kept.session = session;
    happen(this.kept, { type: "plan", plan: planOf(session), start });
  }

  get next(): number | null {
    return nextStart(this.kept.state);
  }
}

const strictly = (uid: bigint) => heartbeatOf({ uid, strictReply: true });

const leniently = (uid: bigint) => heartbeatOf({ uid, strictReply: false });

function planOf(session: AgentSession): SessionPlan {
  return {
    name: session.name,
    gateway: session.gateway,
    heartbeat: session.strictReply ? strictly : leniently,
    uid: session.uid,
    rereadsUid: session.readUid !== null,
    family: familyFor(session),
    interval: session.interval,
    jitter: session.jitter,
    timeout: session.timeout,
    tries: session.tries,
    confirm: session.confirm,
    deadAfter: session.deadAfter,
    replyFrom: session.replyFrom,
    tolerate: session.tolerate,
    count: session.count,
    giveUpAfter: session.giveUpAfter,
  };
}

/** Takes events one after the other, also those that their effects cause at once. */
function happen(kept: Kept, event: SessionEvent): void {
  if (kept.events !== null) {
    kept.events.push(event);
    return;
  }
  const { clock, random } = kept.world;
  kept.events = [event];
  for (const next of kept.events) {
    if (kept.stopped) break;
    const moment = { now: clock.now(), random: random() };
    const [state, effects] = advance(kept.state, next, moment);
    kept.state = state;
    for (const effect of effects) perform(kept, effect);
  }
  kept.events = null;
  if (!kept.stopped) setTimer(kept);
}

function setTimer(kept: Kept): void {
  const at = deadline(kept.state);
  if (at === kept.timerAt) return;
  const { cancelTimer, world: { clock } } = kept;
  kept.timerAt = at;
  kept.cancelTimer = at === Infinity
    ? noTimer
    : clock.setTimer(at, () => onTimer(kept));
  cancelTimer();
}

function onTimer(kept: Kept): void {
  if (kept.state.phase.type === "waiting") return fire(kept);
  // Answers that were there before, while this process did not run, come
  // first; `timerAt` stays, so that no flood of them puts this off again.
  const { clock } = kept.world;
  const now = clock.now();
  const late = Math.min(now - kept.timerAt, grace);
  kept.cancelTimer = clock.setTimer(now + late, () => fire(kept));
}

function fire(kept: Kept): void {
  kept.timerAt = Infinity;
  happen(kept, { type: "time" });
}

function lookUp(kept: Kept): void {
  const { world: { names, interfaces }, session } = kept;
  names.lookUp(session.gateway.host, (answer) => {
    if (isFault(answer)) return happen(kept, { type: "hosts", answer });
    const hosts = reachable(answer, session.bind, interfaces);
    happen(kept, { type: "hosts", answer: hosts });
  });
}

/** Reads the UID from where the settings say that it is by the time that it is there. */
function readUid(kept: Kept): void {
  const { readUid: read } = kept.session;
  read?.((uid) => {
    if (kept.session.readUid === read) happen(kept, { type: "uid", uid });
    else readUid(kept);
  });
}

/** Asks whether the death that an address told may be another line's. */
function askUplinks(kept: Kept, { host: peer }: Endpoint): void {
  const { session: { bind }, world } = kept;
  askForLines(
    { bind, peer },
    world,
    (fault) => happen(kept, { type: "uplinks", fault }),
  );
}

function perform(kept: Kept, effect: Effect): void {
  switch (effect.type) {
    case "send":
      return send(kept, effect);
    case "confirm":
      watchDecoys(kept);
      return askUplinks(kept, effect.from);
    case "look-up":
      return lookUp(kept);
    case "read-uid":
      return readUid(kept);
    case "log-in":
      return kept.logIn(
        effect.uid,
        (uid) => happen(kept, { type: "login", uid }),
      );
    case "linger":
      return linger(kept, effect.sockets);
    case "located":
      return kept.onLocated(effect.resolution);
    case "report":
      countSilence(kept, effect.report);
      return kept.onReport(effect.report, nextStart(kept.state));
  }
}

function countSilence(kept: Kept, report: Report): void {
  if (report.type === "late") kept.silentCycles = 0;
  if (report.type !== "cycle") return;
  const isSilent = report.result.verdict === "silent";
  kept.silentCycles = isSilent ? kept.silentCycles + 1 : 0;
}

/** Sends from a socket that is bound first if it is not yet, once it is known that the datagram leaves where it has to. That may take until its try, or its cycle, is over. */
function send(kept: Kept, effect: Send): void {
  const { socket: id, to, bytes } = effect;
  const { session: { bind }, world, silentCycles } = kept;
  const onFault = (fault: Fault) =>
    happen(kept, { type: "unsent", socket: id, to, fault });
  const sendFrom = (host: string | Fault) => {
    if (isOver(kept, id)) return;
    if (isFault(host)) return onFault(host);
    const bound = kept.bound.get(id);
    // Another try has bound it meanwhile, to an address that was not asked about.
    if (bound !== undefined && bound.host !== host) return send(kept, effect);
    bindTo(kept, { id, host }, (socket) => {
      if (isFault(socket)) onFault(socket);
      else socket.send(bytes, to, onFault);
    });
  };
  const from = kept.bound.get(id)?.host;
  const peer = to.host;
  if (from === undefined) {
    chooseSource({ bind, peer, silentCycles }, world, sendFrom);
  } else checkSource({ bind, peer, from }, world, sendFrom);
}

/** Whether a socket is of use no more. */
function isOver(kept: Kept, id: number): boolean {
  return kept.stopped || id < kept.retired;
}

function bindTo(
  kept: Kept,
  { id, host }: { readonly id: number; readonly host: string },
  callback: (socket: DatagramSocket | Fault) => void,
): void {
  const bound = kept.bound.get(id);
  if (bound !== undefined) return callback(bound.socket);
  const { state } = kept;
  const wanted: WantedSocket = {
    host,
    longest: state.heartbeat.longestReply,
    onDatagram: (bytes, from) =>
      happen(kept, { type: "datagram", socket: id, from, bytes }),
    avoid: kept.previousPorts,
    // The next try asks for itself.
    until: deadline(state),
  };
  kept.sockets.bind(wanted, (socket) => {
    if (isFault(socket)) return callback(socket);
    // It may come when its cycle is over, or as the second one for two tries.
    if (isOver(kept, id)) return socket.close();
    const first = kept.bound.get(id);
    if (first !== undefined) {
      socket.close();
      return callback(first.socket);
    }
    kept.bound = new Map(kept.bound).set(id, { socket, host });
    happen(kept, { type: "bound", socket: id, port: socket.port });
    callback(socket);
  });
}

/** Lets decoys listen for as long as the cycle under way lasts. */
function watchDecoys(kept: Kept): void {
  const { state: { phase, heartbeat }, sockets } = kept;
  if (phase.type !== "cycling") return;
  const hosts = phase.cycle.plan.targets.map(({ host }) => host);
  const families = new Set(hosts.map((host) => familyOf(host) ?? "4"));
  const stops = [...families].map((family) =>
    sockets.decoys.watch(family, {
      longest: heartbeat.longestReply,
      onDatagram: (bytes, from) => happen(kept, { type: "decoy", from, bytes }),
    })
  );
  kept.unwatch = () => stops.forEach((stop) => stop());
}

function unwatchDecoys(kept: Kept): void {
  kept.unwatch?.();
  kept.unwatch = null;
}

function linger(kept: Kept, ids: readonly number[]): void {
  unwatchDecoys(kept);
  const ports: number[] = [];
  for (const id of ids) {
    kept.retired = Math.max(kept.retired, id + 1);
    const socket = kept.bound.get(id)?.socket;
    if (socket === undefined) continue;
    ports.push(socket.port);
    kept.sockets.linger(
      socket,
      () => happen(kept, { type: "closed", socket: id }),
    );
  }
  const rest = [...kept.bound].filter(([id]) => !ids.includes(id));
  kept.bound = rest.length > 0 ? new Map(rest) : nothing;
  if (ports.length > 0) kept.previousPorts = ports;
}

function stop(kept: Kept): void {
  kept.stopped = true;
  kept.cancelTimer();
  unwatchDecoys(kept);
  for (const { socket } of kept.bound.values()) socket.close();
}
