/**
 * A network in virtual time: sockets whose datagrams are answered by a script.
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
  /** What comes back for a request: replies, or a fault if it can't even leave. */
  readonly respond: (request: FakeRequest) => readonly FakeReply[] | Fault;
  /** Chooses the next port to be bound, or refuses; at random if absent. */
  readonly nextPort?: () => number | Fault;
}

/** A network that remembers. */
export interface FakeNetwork extends Datagrams {
  /** Everything that was sent, the first first. */
  readonly requests: readonly FakeRequest[];
  /** Every port that was ever bound, in that order. */
  readonly ports: readonly number[];
  /** How many sockets are open. */
  readonly open: number;
  /** How many replies found their socket closed. */
  readonly refused: number;
}

/** Makes a network. */
export function createFakeNetwork(options: FakeNetworkOptions): FakeNetwork {
  const { clock, random, respond } = options;
  const requests: FakeRequest[] = [];
  const ports: number[] = [];
  let open = 0;
  let refused = 0;
  const nextPort = options.nextPort ??
    (() => 32768 + Math.floor(random() * 28232));

  function bind({ longest, onDatagram }: BindOptions): DatagramSocket | Fault {
    const port = nextPort();
    if (typeof port !== "number") return port;
    let isOpen = true;
    open++;
    ports.push(port);
    return {
      port,
      send(bytes, to, onFault) {
        const request = { at: clock.now(), port, to, bytes };
        const replies = respond(request);
        if ("code" in replies) return onFault(replies);
        requests.push(request);
        for (const { bytes, after, from = to } of replies) {
          clock.setTimer(clock.now() + after, () => {
            if (isOpen) onDatagram(bytes.slice(0, longest + 1), from);
            else refused++;
          });
        }
      },
      close() {
        if (isOpen) open--;
        isOpen = false;
      },
    };
  }

  return {
    bind,
    requests,
    ports,
    get open() {
      return open;
    },
    get refused() {
      return refused;
    },
  };
}
