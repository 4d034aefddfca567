/**
 * Makes a session's cycles with datagrams: carries out the effects of the
 * exchange, and reports back what happened.
 *
 * @module
 */
import { familyOf } from "../../address.ts";
import type { Moment } from "../../machine.ts";
import { ProbeMachine } from "../probe_machine.ts";
import {
  type DatagramSocket,
  type Endpoint,
  type Fault,
  isFault,
  type World,
} from "../../world.ts";
import type { Heartbeat } from "../../protocol/protocol.ts";
import type { DatagramOrder, Probe, ProbeEvent } from "../probe.ts";
import type { Cycle, Send } from "./cycle.ts";
import {
  advanceExchange,
  deadlineOf,
  type Exchange,
  type ExchangeEffect,
  type ExchangeEvent,
  nothingAsked,
} from "./exchange.ts";
import { LateReplies } from "./late.ts";
import type { Sockets, WantedSocket } from "./sockets.ts";
import {
  askForLines,
  checkSource,
  chooseSource,
  deviceFor,
} from "../source_address.ts";

/** The world as far as datagrams need it. */
export type DatagramWorld = Pick<
  World,
  "clock" | "datagrams" | "interfaces" | "random" | "routes"
>;

/** A socket of a cycle. */
interface BoundSocket {
  /** Its number. */
  readonly id: number;
  readonly socket: DatagramSocket;
  /** Its local address. */
  readonly host: string;
  /** Judges what comes once its cycle is over; `null` before. */
  lateReplies: LateReplies | null;
}

const nothing: readonly BoundSocket[] = [];

/** Makes a probe that asks with datagrams; `sockets` are shared by all sessions. */
export function createDatagramProbe(
  world: DatagramWorld,
  sockets: Sockets,
  onEvent: (event: ProbeEvent) => void,
): Probe<Heartbeat> {
  return new DatagramProbe(world, sockets, onEvent);
}

class DatagramProbe
  extends ProbeMachine<Exchange, ExchangeEvent, ExchangeEffect, DatagramWorld>
  implements Probe<Heartbeat> {
  /** Sockets whose cycle is not over. */
  private bound = nothing;
  /** The number of the first socket whose cycle is not over. */
  private firstCurrentId = 0;
  /** Stops watching decoys; `null` while no death is being confirmed. */
  private unwatch: (() => void) | null = null;
  /** The ports of the last cycle that had any. */
  private previousPorts: readonly number[] = [];

  constructor(
    world: DatagramWorld,
    private readonly sockets: Sockets,
    private readonly onEvent: (event: ProbeEvent) => void,
  ) {
    super(world, nothingAsked);
  }

  begin(order: DatagramOrder): void {
    this.dispatch({ type: "begin", order });
  }

  close(): void {
    this.halt();
    this.unwatchDecoys();
    for (const { socket } of this.bound) socket.close();
  }

  protected get deadline(): number {
    return deadlineOf(this.state);
  }

  protected advance(event: ExchangeEvent, moment: Moment) {
    return advanceExchange(this.state, event, moment);
  }

  protected apply(effect: ExchangeEffect): void {
    switch (effect.type) {
      case "send":
        return this.send(effect);
      case "confirm":
        this.watchDecoys();
        this.askForLines(effect.from);
        return this.onEvent({ type: "confirming" });
      case "linger":
        return this.linger(effect.cycle);
      case "report":
        return this.onEvent(effect.event);
    }
  }

  /** The order of the cycle under way. */
  private get order(): DatagramOrder {
    return this.state.cycle!.plan;
  }

  /** Asks the kernel for the route, binds the socket if needed, and sends. The cycle may be over by then. */
  private send(effect: Send): void {
    const { world, order: { bind, silentCycles } } = this;
    const { socket: id, to, bytes } = effect;
    const onFault = (fault: Fault) =>
      this.dispatch({ type: "unsent", socket: id, to, fault });
    const sendFrom = (host: string | Fault) => {
      if (this.isOver(id)) return;
      if (isFault(host)) return onFault(host);
      const bound = this.boundOf(id);
      // Another try has bound it meanwhile, to an address that was not asked about.
      if (bound !== undefined && bound.host !== host) return this.send(effect);
      const device = deviceFor({ bind, peer }, world);
      this.bindTo(id, { host, device }, (socket) => {
        if (isFault(socket)) onFault(socket);
        else socket.send(bytes, to, onFault);
      });
    };
    const from = this.boundOf(id)?.host;
    const peer = to.host;
    if (from === undefined) {
      chooseSource({ bind, peer, silentCycles }, world, sendFrom);
    } else checkSource({ bind, peer, from }, world, sendFrom);
  }

  /** Whether a socket's cycle is over. */
  private isOver(id: number): boolean {
    return this.isStopped || id < this.firstCurrentId;
  }

  private boundOf(id: number): BoundSocket | undefined {
    return this.bound.find((bound) => bound.id === id);
  }

  private bindTo(
    id: number,
    { host, device }: {
      readonly host: string;
      readonly device: string | undefined;
    },
    callback: (socket: DatagramSocket | Fault) => void,
  ): void {
    const bound = this.boundOf(id);
    if (bound !== undefined) return callback(bound.socket);
    const own: Omit<BoundSocket, "socket"> = { id, host, lateReplies: null };
    const wanted: WantedSocket = {
      host,
      ...device !== undefined && { device },
      longest: this.order.heartbeat.longestReply,
      onDatagram: (bytes, from) => {
        const now = this.world.clock.now();
        this.dispatch(
          own.lateReplies?.hear(bytes, from, now) ??
            { type: "datagram", socket: id, from, bytes },
        );
      },
      onIcmp: (notice) => {
        if (own.lateReplies !== null) return;
        this.dispatch({ type: "icmp", socket: id, notice });
      },
      avoid: this.previousPorts,
      // The next try asks for itself.
      until: this.deadline,
    };
    this.sockets.bind(wanted, (socket) => {
      if (isFault(socket)) return callback(socket);
      // It may come after its cycle, or as the second one for two tries.
      if (this.isOver(id)) return socket.close();
      const first = this.boundOf(id);
      if (first !== undefined) {
        socket.close();
        return callback(first.socket);
      }
      this.bound = this.bound.concat(Object.assign(own, { socket }));
      this.dispatch({ type: "bound", socket: id, port: socket.port });
      callback(socket);
    });
  }

  /** Asks whether a death reply from this address may concern another line. */
  private askForLines({ host: peer }: Endpoint): void {
    const { bind } = this.order;
    askForLines(
      { bind, peer },
      this.world,
      (fault) => this.dispatch({ type: "uplinks", fault }),
    );
  }

  /** Lets decoys listen for as long as the cycle under way lasts. */
  private watchDecoys(): void {
    const { targets, heartbeat: { longestReply } } = this.order;
    const families = new Set(targets.map(({ host }) => familyOf(host) ?? "4"));
    const stops = [...families].map((family) =>
      this.sockets.decoys.watch(family, {
        longest: longestReply,
        onDatagram: (bytes, from) =>
          this.dispatch({ type: "decoy", from, bytes }),
      })
    );
    this.unwatch = () => stops.forEach((stop) => stop());
  }

  private unwatchDecoys(): void {
    this.unwatch?.();
    this.unwatch = null;
  }

  private linger(cycle: Cycle): void {
    this.unwatchDecoys();
    const ports: number[] = [];
    for (const cycleSocket of cycle.sockets) {
      const { id } = cycleSocket;
      this.firstCurrentId = Math.max(this.firstCurrentId, id + 1);
      const bound = this.boundOf(id);
      if (bound === undefined) continue;
      bound.lateReplies = new LateReplies(cycle, cycleSocket);
      ports.push(bound.socket.port);
      this.sockets.linger(bound.socket);
    }
    this.bound = nothing;
    if (ports.length > 0) this.previousPorts = ports;
  }
}
