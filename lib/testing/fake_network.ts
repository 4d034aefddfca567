/**
 * A network in virtual time: sockets whose datagrams are answered by a script,
 * and that hear what a test delivers.
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
  /** Where to. */
  readonly to: Endpoint;
  /** What. */
  readonly bytes: Uint8Array;
}

/** A datagram that comes back to the socket that sent the request. */
export interface FakeReply {
  /** What. */
  readonly bytes: Uint8Array;
  /** How long after the request, in ms; more than 0. */
  readonly after: number;
  /** Where it claims to come from; where the request went to if absent. */
  readonly from?: Endpoint;
}

/** What a fake network is told, and what it does by itself. */
export interface FakeNetworkOptions {
  /** Passes the time that replies take. */
  readonly clock: Clock;
  /** Chooses ports. */
  readonly random: Random;
  /** What comes back for a datagram: replies, or a fault if it can't even leave. */
  readonly respond: (request: FakeRequest) => readonly FakeReply[] | Fault;
  /** Chooses the port of a socket that asks for none, or refuses; at random if absent. */
  readonly nextPort?: () => number | Fault;
}

/** A network that remembers. */
export interface FakeNetwork extends Datagrams {
  /** Everything that was sent, the first first. */
  readonly requests: readonly FakeRequest[];
  /** Every port that was ever bound, in that order. */
  readonly ports: readonly number[];
  /** The local address of each, in the same order. */
  readonly hosts: readonly string[];
  /** How many sockets are open. */
  readonly open: number;
  /** How many datagrams found their socket closed. */
  readonly refused: number;
  /** Lets a datagram arrive now, at the socket that was last bound to a port. */
  deliver(port: number, bytes: Uint8Array, from: Endpoint): void;
}

interface FakeDatagram {
  readonly bytes: Uint8Array;
  readonly from: Endpoint;
}

/** Makes a network. */
export function createFakeNetwork(options: FakeNetworkOptions): FakeNetwork {
  const { clock, random, respond } = options;
  const requests: FakeRequest[] = [];
  const ports: number[] = [];
  const hosts: string[] = [];
  let open = 0;
  let refused = 0;
  const nextPort = options.nextPort ??
    (() => 32768 + Math.floor(random() * 28232));

  const receivers = new Map<number, (datagram: FakeDatagram) => void>();

  function bind(options: BindOptions): DatagramSocket | Fault {
    const port = options.port === 0 ? nextPort() : options.port;
    if (typeof port !== "number") return port;
    if (options.port !== 0 && receivers.has(port)) {
      return { code: "EADDRINUSE", message: `port ${port} is taken` };
    }
    open++;
    ports.push(port);
    hosts.push(options.host);
    receivers.set(port, receive);
    let isOpen = true;

    function receive({ bytes, from }: FakeDatagram): void {
      const { longest, onDatagram } = options;
      if (isOpen) onDatagram(bytes.slice(0, longest + 1), from);
      else refused++;
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
          clock.setTimer(clock.now() + after, () => receive({ bytes, from }));
        }
      },
      close() {
        if (isOpen) open--;
        isOpen = false;
        if (receivers.get(port) === receive) receivers.delete(port);
      },
    };
  }

  return {
    bind,
    requests,
    ports,
    hosts,
    get open() {
      return open;
    },
    get refused() {
      return refused;
    },
    deliver(port, bytes, from) {
      const receive = receivers.get(port) ?? (() => refused++);
      receive({ bytes, from });
    },
  };
}
