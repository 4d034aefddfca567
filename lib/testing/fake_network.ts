/**
 * A network in virtual time: a script answers the datagrams of its sockets.
 *
 * @module
 */
import type { Random } from "../random.ts";
import type {
  BindOptions,
  Clock,
  Datagrams,
  DatagramSocket,
  Endpoint,
  Fault,
} from "../world.ts";

/** A datagram that left a fake socket. */
export interface FakeRequest {
  /** When, in monotonic ms. */
  readonly at: number;
  /** The local port. */
  readonly port: number;
  /** The address it was sent to. */
  readonly to: Endpoint;
  /** Its bytes. */
  readonly bytes: Uint8Array;
}

/** A datagram that comes back to the socket that sent the request. */
export interface FakeReply {
  /** Its bytes. */
  readonly bytes: Uint8Array;
  /** How long after the request, in ms; more than 0. */
  readonly after: number;
  /** The address it claims to come from; that of the request's peer if absent. */
  readonly from?: Endpoint;
}

/** How a fake network behaves. */
export interface FakeNetworkOptions {
  /** The time that replies take passes here. */
  readonly clock: Clock;
  /** Chooses ports. */
  readonly random: Random;
  /** The replies to a datagram, or a fault if it can't leave this machine. */
  readonly respond: (request: FakeRequest) => readonly FakeReply[] | Fault;
  /** Chooses a free port, or refuses with a fault; at random if absent. */
  readonly nextPort?: () => number | Fault;
}

/** A network that records. */
export interface FakeNetwork extends Datagrams {
  /** The datagrams that were sent, the first first. */
  readonly requests: readonly FakeRequest[];
  /** Every port that was bound, the first first. */
  readonly ports: readonly number[];
  /** The local address of each of them. */
  readonly hosts: readonly string[];
  /** How many sockets are open. */
  open: number;
  /** How many datagrams came to a closed socket. */
  refused: number;
  /** Delivers a datagram to the socket that was last bound to a port. */
  deliver(port: number, bytes: Uint8Array, from: Endpoint): void;
}

/** Makes a network. */
export function createFakeNetwork(options: FakeNetworkOptions): FakeNetwork {
  const { clock, random, respond } = options;
  const requests: FakeRequest[] = [];
  const ports: number[] = [];
  const hosts: string[] = [];
  const nextPort = options.nextPort ??
    (() => 32768 + Math.floor(random() * 28232));
  const receivers = new Map<number, BindOptions["onDatagram"]>();

  function bind(options: BindOptions): DatagramSocket | Fault {
    const port = options.port === 0 ? nextPort() : options.port;
    if (typeof port !== "number") return port;
    if (options.port !== 0 && receivers.has(port)) {
      return { code: "EADDRINUSE", message: `port ${port} is taken` };
    }
    network.open++;
    ports.push(port);
    hosts.push(options.host);
    receivers.set(port, receive);
    let isOpen = true;

    function receive(bytes: Uint8Array, from: Endpoint): void {
      const { longest, onDatagram } = options;
      if (isOpen) onDatagram(bytes.slice(0, longest + 1), from);
      else network.refused++;
    }

    return {
      port,
      send(bytes, to, onFault) {
        if (!isOpen) return;
        const request = { at: clock.now(), port, to, bytes };
        const replies = respond(request);
        if ("code" in replies) return onFault(replies);
        requests.push(request);
        for (const { bytes, after, from = to } of replies) {
          clock.setTimer(clock.now() + after, () => receive(bytes, from));
        }
      },
      close() {
        if (isOpen) network.open--;
        isOpen = false;
        if (receivers.get(port) === receive) receivers.delete(port);
      },
    };
  }

  const network: FakeNetwork = {
    bind,
    requests,
    ports,
    hosts,
    open: 0,
    refused: 0,
    deliver(port, bytes, from) {
      const receive = receivers.get(port);
      if (receive === undefined) network.refused++;
      else receive(bytes, from);
    },
  };
  return network;
}
