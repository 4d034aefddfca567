/**
 * Makes a session's cycles with connections: does in the world what the talk
 * asks for, and tells it what came of that.
 *
 * @module
 */
import { isPath } from "../../address.ts";
import { Machine, type Moment } from "../../machine.ts";
import type { Dialogue } from "../../protocol/protocol.ts";
import {
  type Endpoint,
  type Fault,
  isFault,
  type Stream,
  type World,
} from "../../world.ts";
import type { Probe, ProbeEvent, StreamOrder } from "../probe.ts";
import { askForLines, chooseSource } from "../source_address.ts";
import {
  advanceTalk,
  deadlineOf,
  nothingSaid,
  type Talk,
  type TalkEffect,
  type TalkEvent,
} from "./talk.ts";

/** The world as far as streams need it. */
export type StreamWorld = Pick<
  World,
  "clock" | "interfaces" | "random" | "routes" | "streams"
>;

/** How many random bytes a dialogue gets. */
const nonceLength = 32;

/** Makes a probe that asks with connections. */
export function createStreamProbe(
  world: StreamWorld,
  onEvent: (event: ProbeEvent) => void,
): Probe<Dialogue> {
  return new StreamProbe(world, onEvent);
}

/** Makes the same for a session; it has no use for the sockets. */
export function withStreams(
  world: StreamWorld,
  _sockets: unknown,
  onEvent: (event: ProbeEvent) => void,
): Probe {
  return createStreamProbe(world, onEvent) as Probe;
}

class StreamProbe extends Machine<Talk, TalkEvent, TalkEffect, StreamWorld>
  implements Probe<Dialogue> {
  /** Connections by their numbers. */
  private readonly streams = new Map<number, Stream>();

  constructor(
    world: StreamWorld,
    private readonly onEvent: (event: ProbeEvent) => void,
  ) {
    super(world, nothingSaid);
  }

  begin(order: StreamOrder): void {
    this.dispatch({ type: "begin", order, nonce: this.nonce() });
  }

  close(): void {
    this.halt();
    for (const stream of this.streams.values()) stream.close();
    this.streams.clear();
  }

  protected get deadline(): number {
    return deadlineOf(this.state);
  }

  protected advance(event: TalkEvent, moment: Moment) {
    return advanceTalk(this.state, event, moment);
  }

  protected apply(effect: TalkEffect): void {
    switch (effect.type) {
      case "open":
        return this.open(effect.id, effect.to, effect.order);
      case "write":
        return this.streams.get(effect.id)?.write(effect.bytes);
      case "close":
        this.streams.get(effect.id)?.close();
        return void this.streams.delete(effect.id);
      case "confirm":
        return this.askForLines(effect.from);
      case "tell":
        return this.onEvent(effect.event);
    }
  }

  /** Opens a connection once it is known which address it has to leave from. */
  private open(id: number, to: Endpoint, order: StreamOrder): void {
    const { bind, silentCycles } = order;
    if (bind === null) return this.connect(id, to, order, null);
    chooseSource({ bind, peer: to.host, silentCycles }, this.world, (from) => {
      const isOver = this.isStopped ||
        !this.state.connections.some((connection) => connection.id === id);
      if (isOver) return;
      if (!isFault(from)) return this.connect(id, to, order, from);
      this.dispatch({ type: "fault", id, phase: "connect", fault: from });
    });
  }

  private connect(
    id: number,
    to: Endpoint,
    { heartbeat: { tls } }: StreamOrder,
    from: string | null,
  ): void {
    const stream = this.world.streams.open({
      to,
      from,
      tls,
      onConnected: (port) => this.dispatch({ type: "connected", id, port }),
      onOpen: () => this.dispatch({ type: "opened", id, nonce: this.nonce() }),
      onBytes: (bytes) => this.dispatch({ type: "bytes", id, bytes }),
      onEnd: () => this.ended({ type: "end", id }),
      onFault: (phase, fault) =>
        this.ended({ type: "fault", id, phase, fault }),
    });
    this.streams.set(id, stream);
  }

  private ended(event: Extract<TalkEvent, { type: "end" | "fault" }>): void {
    this.streams.delete(event.id);
    this.dispatch(event);
  }

  private askForLines({ host: peer }: Endpoint): void {
    const { bind } = this.state.cycle!.order;
    // A unix socket is on this machine.
    if (isPath(peer)) return this.dispatch({ type: "uplinks", fault: null });
    askForLines(
      { bind, peer },
      this.world,
      (fault: Fault | null) => this.dispatch({ type: "uplinks", fault }),
    );
  }

  private nonce(): Uint8Array {
    const { random } = this.world;
    return Uint8Array.from(
      { length: nonceLength },
      () => Math.floor(random() * 256),
    );
  }
}
