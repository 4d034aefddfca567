/**
 * Records what an agent asks the resolver, what it sends, and what comes back.
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

/** A datagram that the agent tried to send. */
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
  /** Its first bytes, at most one more than {@linkcode longestShown}. */
  readonly bytes: Uint8Array;
  /** What its socket had sent by then. */
  readonly requests: readonly Uint8Array[];
}

/** What was recorded so far; more may come. */
export interface Traffic {
  /** What was sent, in its order, including what did not leave. */
  readonly sent: readonly Sent[];
  /** What came, in its order. */
  readonly heard: readonly Heard[];
}

/** How much of a datagram is recorded, in bytes. */
export const longestShown = 512;

/** A recording, and the world to make it in. */
export interface Recording extends Traffic {
  /** What the agent has to work with. */
  readonly world: AgentWorld;
}

/** Records what happens in a world; `onHosts` gets the resolver's answer. */
export function record(
  world: AgentWorld,
  onHosts: (answer: readonly string[] | Fault) => void,
): Recording {
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
          const at = clock.now();
          heard.push({ at, from, bytes, requests: [...requests] });
          onDatagram(bytes.slice(0, longest + 1), from);
        },
      });
      if (isFault(socket)) return socket;
      const send: DatagramSocket["send"] = (bytes, to, onFault) => {
        sent.push({ at: clock.now(), to });
        requests.push(bytes);
        socket.send(bytes, to, onFault);
      };
      return { port: socket.port, send, close: () => socket.close() };
    },
  };
  const recorded: AgentWorld = {
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
  return { world: recorded, sent, heard };
}
