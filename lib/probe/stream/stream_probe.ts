/**
 * Makes a session's cycles with connections: does in the world what the talk
 * asks for, and tells it what came of that.
 *
 * @module
 */
import { isPath } from "../../address.ts";
import type { Moment } from "../../machine.ts";
import { ProbeMachine } from "../probe_machine.ts";
import type { Dialogue } from "../../protocol/protocol.ts";
import {
  type Endpoint,
  type Fault,
  isFault,
  type Stream,
  type World,
} from "../../world.ts";
import type { Sockets } from "../datagram/sockets.ts";
import type { Probe, ProbeEvent, StreamOrder } from "../probe.ts";
import { askForLines, chooseSource, deviceFor } from "../source_address.ts";
import { drawNonce, farewellOf } from "./connection.ts";
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

const noRoom: Fault = {
  code: "EMFILE",
  message: "this process has too many open files: raise `ulimit -n`",
};

/** What connections share with datagrams: one limit of descriptors. */
export type Room = Pick<Sockets, "reserve" | "noteExhausted">;

/** Makes a probe that asks with connections, which all sessions have `room` for. */
export function createStreamProbe(
  world: StreamWorld,
  room: Room,
  onEvent: (event: ProbeEvent) => void,
): Probe<Dialogue> {
  return new StreamProbe(world, room, onEvent);
}

/** Makes the same for any session. */
export function withStreams(
  world: StreamWorld,
  room: Room,
  onEvent: (event: ProbeEvent) => void,
): Probe {
  return createStreamProbe(world, room, onEvent) as Probe;
}

/** A connection, and what gives its descriptor back. */
interface Held {
  readonly stream: Stream;
  readonly release: () => void;
}

class StreamProbe extends ProbeMachine<Talk, TalkEvent, TalkEffect, StreamWorld>
  implements Probe<Dialogue> {
  /** Connections by their numbers. */
  private readonly streams = new Map<number, Held>();

  constructor(
    world: StreamWorld,
    private readonly room: Room,
    private readonly onEvent: (event: ProbeEvent) => void,
  ) {
    super(world, nothingSaid);
  }

  begin(order: StreamOrder): void {
    this.dispatch({ type: "begin", order, nonce: this.nonce() });
  }

  close(): void {
    this.halt();
    for (const connection of this.state.connections) {
      const bytes = farewellOf(connection);
      if (bytes !== null) this.streams.get(connection.id)?.stream.write(bytes);
    }
    for (const id of [...this.streams.keys()]) this.closeStream(id);
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
        return this.streams.get(effect.id)?.stream.write(effect.bytes);
      case "close":
        return this.closeStream(effect.id);
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
      if (!this.isWanted(id)) return;
      if (!isFault(from)) return this.connect(id, to, order, from);
      this.dispatch({ type: "fault", id, phase: "connect", fault: from });
    });
  }

  private closeStream(id: number): void {
    const held = this.streams.get(id);
    this.streams.delete(id);
    held?.stream.close();
    held?.release();
  }

  /** Connects once there is a descriptor for it. */
  private connect(
    id: number,
    to: Endpoint,
    order: StreamOrder,
    from: string | null,
  ): void {
    this.room.reserve(this.deadline, (release) => {
      if (!this.isWanted(id)) return release?.();
      if (release === null) {
        return this.dispatch({
          type: "fault",
          id,
          phase: "connect",
          fault: noRoom,
        });
      }
      this.connectNow(id, { to, order, from, release });
    });
  }

  private connectNow(
    id: number,
    { to, order, from, release }: {
      readonly to: Endpoint;
      readonly order: StreamOrder;
      readonly from: string | null;
      readonly release: () => void;
    },
  ): void {
    const { bind } = order;
    const device = deviceFor({ bind, peer: to.host }, this.world);
    const stream = this.world.streams.open({
      to,
      // The kernel chooses the address of an interface.
      from: device === undefined ? from : null,
      ...device !== undefined && { device },
      tls: order.heartbeat.tls,
      onConnected: (port) => this.dispatch({ type: "connected", id, port }),
      onOpen: () => this.dispatch({ type: "opened", id, nonce: this.nonce() }),
      onBytes: (bytes) => this.dispatch({ type: "bytes", id, bytes }),
      onEnd: () => this.ended({ type: "end", id }),
      onFault: (phase, fault) => {
        if (fault.code === noRoom.code) this.room.noteExhausted();
        this.ended({ type: "fault", id, phase, fault });
      },
    });
    this.streams.set(id, { stream, release });
  }

  /** Whether a connection is still of use. */
  private isWanted(id: number): boolean {
    return !this.isStopped &&
      this.state.connections.some((connection) => connection.id === id);
  }

  private ended(event: Extract<TalkEvent, { type: "end" | "fault" }>): void {
    const held = this.streams.get(event.id);
    this.streams.delete(event.id);
    held?.release();
    this.dispatch(event);
  }

  private askForLines({ host: peer }: Endpoint): void {
    const { cycle } = this.state;
    // The death that was the last word of a cycle needs no confirmation.
    if (cycle === null) return;
    const { bind } = cycle.order;
    // A unix socket is on this machine.
    const answer = (fault: Fault | null) =>
      this.dispatch({ type: "uplinks", host: peer, fault });
    if (isPath(peer)) return answer(null);
    askForLines({ bind, peer }, this.world, answer);
  }

  private nonce(): Uint8Array {
    return drawNonce(this.world.random);
  }
}
