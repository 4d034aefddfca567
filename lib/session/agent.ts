/**
 * Keeps a session alive in the world: carries out the effects of its state, and
 * reports back what happened.
 *
 * @module
 */
import type { Report } from "../finding.ts";
import type { Sockets } from "../probe/datagram/sockets.ts";
import { reachable } from "../probe/source_address.ts";
import type { Probe } from "../probe/probe.ts";
import { isFault, type World } from "../world.ts";
import { Machine, type Moment } from "../machine.ts";
import { advance } from "./session.ts";
import {
  beginSession,
  deadline,
  type Effect,
  nextStart,
  type Session,
  type SessionEvent,
  type SessionState,
} from "./session_state.ts";
import { type Resolution, withoutNobody } from "./targets.ts";

/** The world as far as an agent needs it. */
export type AgentWorld = Pick<
  World,
  | "clock"
  | "datagrams"
  | "interfaces"
  | "names"
  | "random"
  | "routes"
  | "streams"
>;

/** What an agent works with. */
export interface AgentOptions {
  /** The outside. */
  readonly world: AgentWorld;
  /** The sockets that all sessions share. */
  readonly sockets: Sockets;
  /** Receives each report. `next` is when the next cycle starts, in monotonic ms; `null` if none will. */
  readonly onReport: (report: Report, next: number | null) => void;
  /** When the first cycle starts, in monotonic ms; at once if absent. */
  readonly start?: number;
  /** What is known of the gateway's address already; only its name if absent. */
  readonly resolution?: Resolution;
  /** Receives what a cycle found out about that, before the report of the cycle. */
  readonly onLocated?: (resolution: Resolution) => void;
}

/** A session that is being kept alive. */
export interface Agent {
  /** The slot of the next cycle, or of the one under way, in monotonic ms; `null` once it is over. */
  readonly next: number | null;
  /** Stops it without a report. */
  stop(): void;
  /** Starts a cycle at once, after a suspend of the machine. */
  wake(): void;
  /** Finds out at once whether a login has helped. */
  ask(): void;
  /** Ends it as dead, since no login can help. */
  giveUp(): void;
  /** Changes the session's settings. The next cycle starts at monotonic time `start` at the latest. */
  change(session: Session, start: number): void;
}

/** Begins to keep a session alive, and goes on until it is over (the last report is `ended`) or stopped. */
export function keepAlive(session: Session, options: AgentOptions): Agent {
  return new SessionRunner(session, options);
}

class SessionRunner
  extends Machine<SessionState, SessionEvent, Effect, AgentWorld>
  implements Agent {
  private readonly onReport: AgentOptions["onReport"];
  private readonly onLocated: AgentOptions["onLocated"];
  private readonly probe: Probe;

  /** Keeps no more of the options than it needs: there are thousands. */
  constructor(session: Session, options: AgentOptions) {
    const { world, sockets, resolution } = options;
    const { start = world.clock.now() } = options;
    super(world, beginSession(session, start, resolution));
    this.onReport = options.onReport;
    this.onLocated = options.onLocated;
    this.probe = session.createProbe(
      world,
      sockets,
      (event) => this.dispatch(event),
    );
    this.dispatch({ type: "time" });
  }

  stop(): void {
    this.halt();
    this.probe.close();
  }

  wake(): void {
    this.dispatch({ type: "wake" });
  }

  ask(): void {
    this.dispatch({ type: "ask" });
  }

  giveUp(): void {
    this.dispatch({ type: "hopeless" });
  }

  change(session: Session, start: number): void {
    this.dispatch({ type: "plan", plan: session, start });
  }

  get next(): number | null {
    return nextStart(this.state);
  }

  protected get deadline(): number {
    return deadline(this.state);
  }

  protected advance(event: SessionEvent, moment: Moment) {
    return advance(this.state, event, moment);
  }

  protected apply(effect: Effect): void {
    switch (effect.type) {
      case "begin":
        return this.probe.begin(effect.order);
      case "look-up":
        return this.lookUp();
      case "read-identity":
        return this.readIdentity();
      case "located":
        return this.onLocated?.(effect.resolution);
      case "report":
        return this.onReport(effect.report, this.next);
    }
  }

  /** Reads the identity, and reads it again if the settings have changed meanwhile. */
  private readIdentity(): void {
    const { readIdentity: read } = this.state.plan;
    read?.((identity) => {
      if (this.state.plan.readIdentity !== read) return this.readIdentity();
      this.dispatch({ type: "identity", identity });
    });
  }

  private lookUp(): void {
    const { state: { plan }, world } = this;
    const { host } = plan.gateway;
    world.names.lookUp(host, (answer) => {
      const found = isFault(answer) ? answer : withoutNobody(host, answer);
      const hosts = isFault(found)
        ? found
        : reachable(found, plan.bind, world.interfaces);
      this.dispatch({ type: "hosts", answer: hosts });
    });
  }
}
