/**
 * Looks over an agent's shoulder: what it asks the resolver, what it sends and
 * what comes back, to the last byte.
 *
 * @module
 */
import type { AgentWorld } from "../../session/agent.ts";
import {
  type Datagrams,
  type DatagramSocket,
  type Endpoint,
  type Fault,
  isFault,
} from "../../world.ts";

/** A datagram that was to leave. */
export interface Sent {
  /** When, in monotonic ms. */
  readonly at: number;
  /** Where to. */
  readonly to: Endpoint;
}

/** A datagram that came. */
export interface Heard {
  /** When, in monotonic ms. */
  readonly at: number;
  /** Where it claims to come from. */
  readonly from: Endpoint;
  /** All of it, up to {@linkcode longestShown} and one more. */
  readonly bytes: Uint8Array;
  /** What its socket had sent by then. */
  readonly requests: readonly Uint8Array[];
}

/** What was observed so far; more may come. */
export interface Traffic {
  /** What was sent, whether or not it left, the first first. */
  readonly sent: readonly Sent[];
  /** What came, the first first. */
  readonly heard: readonly Heard[];
}

/** How much of a datagram is of interest, in bytes. */
export const longestShown = 512;

/** A world with somebody who watches. */
export interface Observer extends Traffic {
  /** What an agent is to work with. */
  readonly world: AgentWorld;
}

/** Watches a world; `onHosts` is told what the resolver answers. */
export function observe(
  world: AgentWorld,
  onHosts: (answer: readonly string[] | Fault) => void,
): Observer {
  const { clock, names } = world;
  const sent: Sent[] = [];
  const heard: Heard[] = [];

  const datagrams: Datagrams = {
    bind(options) {
      const { longest, onDatagram } = options;
      const requests: Uint8Array[] = [];
      const socket = world.datagrams.bind({
        ...options,
        longest: Math.max(longest, longestShown),
        onDatagram(bytes, from) {
          heard.push({
            at: clock.now(),
            from,
            bytes,
            requests: [...requests],
          });
          onDatagram(bytes.slice(0, longest + 1), from);
        },
      });
      if (isFault(socket)) return socket;
      const send: DatagramSocket["send"] = (bytes, to, onFault) => {
        sent.push({ at: clock.now(), to });
        requests.push(bytes);
        socket.send(bytes, to, onFault);
      };
      return { ...socket, send };
    },
  };

  const observed: AgentWorld = {
    ...world,
    datagrams,
    names: {
      lookUp: (name, callback) =>
        names.lookUp(name, (answer) => {
          onHosts(answer);
          callback(answer);
        }),
    },
  };
  return { world: observed, sent, heard };
}
