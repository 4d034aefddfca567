/**
 * Second opinions: where another target contradicts the one that is asked, no
 * verdict is reached.
 *
 * @module
 */
import { type CycleResult, disagreeCode } from "../finding.ts";
import type { CycleEnd, Order, Probe, ProbeEvent } from "../probe/probe.ts";
import type { CreateProbe } from "../probe/probes.ts";
import type { Fault } from "../world.ts";
import { type AgentOptions, keepAlive } from "./agent.ts";
import { type Session, targetOf } from "./session_state.ts";
import type { Resolution } from "./targets.ts";

/** What another target says. */
export interface Opinion {
  /** The target, for people. */
  readonly target: string;
  /** What a cycle there found out. */
  readonly result: CycleResult;
}

/** Asks all other targets once, and calls back with what they say. Returns what stops that. */
export type AskOthers = (
  callback: (opinions: readonly Opinion[]) => void,
) => () => void;

/** Makes what a session is asked with that other targets have to agree with: its cycles end only when all of them have been heard, if it matters what they say. */
export function withOpinions(
  session: Session,
  others: readonly Session[],
): CreateProbe {
  return (world, sockets, onEvent) =>
    createProbeWithOpinions({
      target: targetOf(session),
      createProbe: (onEvent) => session.createProbe(world, sockets, onEvent),
      askOthers: askersOf(others, { world, sockets }),
      onEvent,
    });
}

/** Asks other targets, a cycle each, and remembers where they are. */
function askersOf(
  sessions: readonly Session[],
  around: Pick<AgentOptions, "world" | "sockets">,
): AskOthers {
  const resolutions = new Map<Session, Resolution>();
  return (callback) => {
    const opinions: Opinion[] = [];
    const agents = sessions.map((session) => {
      const resolution = resolutions.get(session);
      return keepAlive({ ...session, count: 1, giveUpAfter: null }, {
        ...around,
        ...resolution && { resolution },
        onLocated: (found) => resolutions.set(session, found),
        onReport(report) {
          if (report.type !== "cycle") return;
          opinions.push({ target: targetOf(session), result: report.result });
          if (opinions.length === sessions.length) callback(opinions);
        },
      });
    });
    return () => agents.forEach((agent) => agent.stop());
  };
}

/** How to get other opinions. */
export interface OpinionsOptions {
  /** The target itself, for people. */
  readonly target: string;
  /** Makes the probe of the target itself. */
  readonly createProbe: (onEvent: (event: ProbeEvent) => void) => Probe;
  /** Asks the others. */
  readonly askOthers: AskOthers;
  /** Is told what the probe tells, once the others have been heard. */
  readonly onEvent: (event: ProbeEvent) => void;
}

/** Makes a probe whose cycles end only when all others have been heard, if it matters what they say. */
export function createProbeWithOpinions(options: OpinionsOptions): Probe {
  return new ProbeWithOpinions(options);
}

class ProbeWithOpinions implements Probe {
  private readonly probe: Probe;
  private end: CycleEnd | null = null;
  private opinions: readonly Opinion[] | null = null;
  /** Whether a late proof of life may count: the others were heard, and do not contradict it. */
  private mayLive = false;
  private stopOthers: () => void = () => {};

  constructor(private readonly options: OpinionsOptions) {
    this.probe = options.createProbe((event) => this.onEvent(event));
  }

  begin(order: Order): void {
    this.end = null;
    this.opinions = null;
    this.mayLive = false;
    this.stopOthers = this.options.askOthers((opinions) => {
      this.opinions = opinions;
      this.settle();
    });
    this.probe.begin(order);
  }

  close(): void {
    this.stopOthers();
    this.probe.close();
  }

  private onEvent(event: ProbeEvent): void {
    if (event.type === "late" && event.late.reply === "alive") {
      if (this.mayLive) this.options.onEvent(event);
      return;
    }
    if (event.type !== "ended") return this.options.onEvent(event);
    const { verdict } = event.end.result;
    if (verdict === "alive" || verdict === "dead") {
      this.end = event.end;
      return this.settle();
    }
    // Nobody can contradict a fault.
    this.stopOthers();
    this.options.onEvent(event);
  }

  private settle(): void {
    const { end, opinions } = this;
    if (end === null || opinions === null) return;
    this.end = null;
    const disagreement = contradiction(
      { target: this.options.target, result: end.result },
      opinions,
    );
    this.mayLive = end.result.verdict === "dead" || disagreement === null;
    this.options.onEvent({
      type: "ended",
      end: disagreement === null ? end : { ...end, disagreement },
    });
  }
}

/** What there is to say if somebody contradicts an opinion: one says alive, the other says dead. `null` if nobody does. */
export function contradiction(
  one: Opinion,
  others: readonly Opinion[],
): Fault | null {
  const contrary = one.result.verdict === "alive" ? "dead" : "alive";
  const other = others.find(({ result }) => result.verdict === contrary);
  if (other === undefined) return null;
  const message = `${describe(one)}, but ${describe(other)}`;
  return { code: disagreeCode, message };
}

function describe({ target, result }: Opinion): string {
  const { verdict, stream } = result;
  const note = stream?.note ? ` (${stream.note})` : "";
  return `${target} says that the session is ${verdict}${note}`;
}
