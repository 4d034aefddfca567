/**
 * Records what a session's connections come to, and listens for a greeting.
 *
 * @module
 */
import type { AgentWorld } from "../../session/agent.ts";
import {
  type Endpoint,
  type Fault,
  isFault,
  type Stream,
  type StreamPhase,
  type World,
} from "../../world.ts";

/** How many bytes of what a peer says are recorded. */
const mostBytes = 64;

/** How long to wait for a greeting, in ms. */
const greetingTime = 1_000;

/** A connection that was tried; times in monotonic ms. */
export interface Attempt {
  /** Where to. */
  readonly to: Endpoint;
  /** The local address that was asked for; `null` for none. */
  readonly from: string | null;
  /** When it was ordered. */
  readonly since: number;
  /** When the peer's kernel accepted it; `null` before. */
  readonly acceptedAt: number | null;
  /** When bytes could go, after TLS if there is any; `null` before. */
  readonly openedAt: number | null;
  /** How it failed; `null` if it did not. */
  readonly failure: {
    readonly phase: StreamPhase;
    readonly fault: Fault;
    readonly at: number;
  } | null;
  /** Whether the peer ended its stream. */
  readonly hasEnded: boolean;
  /** The first bytes that came. */
  readonly said: Uint8Array;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What was recorded so far, and the world to make more in. */
export interface ConnectionRecording {
  /** Connections in their order. */
  readonly attempts: readonly Attempt[];
  /** What the agent has to work with. */
  readonly world: AgentWorld;
}

/** Records connections to a peer, and none to others that are asked for a second opinion; `onHosts` gets the resolver's answer. */
export function recordConnections(
  peer: Endpoint,
  world: AgentWorld,
  onHosts: (answer: readonly string[] | Fault) => void,
): ConnectionRecording {
  const { clock, names, streams } = world;
  const attempts: Attempt[] = [];
  let hosts: readonly string[] = [peer.host];

  function open(order: Parameters<typeof streams.open>[0]): Stream {
    const { host, port } = order.to;
    if (port !== peer.port || !hosts.includes(host)) return streams.open(order);
    const attempt: Mutable<Attempt> = {
      to: order.to,
      from: order.from,
      since: clock.now(),
      acceptedAt: null,
      openedAt: null,
      failure: null,
      hasEnded: false,
      said: new Uint8Array(),
    };
    attempts.push(attempt);
    return streams.open({
      ...order,
      onConnected(port) {
        attempt.acceptedAt = clock.now();
        order.onConnected(port);
      },
      onOpen() {
        attempt.openedAt = clock.now();
        order.onOpen();
      },
      onBytes(bytes) {
        const all = [...attempt.said, ...bytes.subarray(0, mostBytes)];
        attempt.said = Uint8Array.from(all.slice(0, mostBytes));
        order.onBytes(bytes);
      },
      onEnd() {
        attempt.hasEnded = true;
        order.onEnd();
      },
      onFault(phase, fault) {
        attempt.failure = { phase, fault, at: clock.now() };
        order.onFault(phase, fault);
      },
    });
  }

  const recorded: AgentWorld = {
    ...world,
    streams: { open },
    names: {
      lookUp: (name, callback) =>
        names.lookUp(name, (answer) => {
          if (name === peer.host) {
            if (!isFault(answer)) hosts = answer;
            onHosts(answer);
          }
          callback(answer);
        }),
    },
  };
  return { attempts, world: recorded };
}

/** The first bytes that a peer says unasked on a fresh connection without TLS; none if it waits to be asked. */
export function greetingOf(
  to: Endpoint,
  { clock, streams }: Pick<World, "clock" | "streams">,
): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const end = (said = new Uint8Array()) => {
      cancel();
      stream.close();
      resolve(said);
    };
    const stream = streams.open({
      to,
      from: null,
      tls: null,
      onConnected: () => {},
      onOpen: () => {},
      onBytes: (bytes) => end(bytes.slice(0, mostBytes)),
      onEnd: () => end(),
      onFault: () => end(),
    });
    const cancel = clock.setTimer(clock.now() + greetingTime, () => end());
  });
}
