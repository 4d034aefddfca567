/**
 * A simulated gateway on a real socket.
 *
 * @module
 */
import {
  deadUid,
  decodeRequest,
  encodeReply,
  requestLength,
} from "../protocol/srun.ts";
import type { Random } from "../random.ts";
import { type Endpoint, type Fault, isFault, type World } from "../world.ts";
import { distort, type Faults, isLost, type Outgoing } from "./faults.ts";
import {
  afterRequest,
  type Life,
  type Lifetimes,
  newLife,
} from "./lifetime.ts";

/** What a gateway did with a datagram. */
export type Action =
  /** It echoed the UID. */
  | "alive"
  /** It answered -2, or nothing if the dead are to be silent. */
  | "dead"
  /** The request was lost on its way, unknown to the gateway. */
  | "request_lost"
  /** The answer was lost on its way. */
  | "reply_lost"
  /** The datagram was no request and got no answer. */
  | "invalid";

/** A datagram that arrived. */
export interface GatewayEvent {
  /** The address of its sender. */
  readonly client: Endpoint;
  /** The session of the request; `null` if it is none. */
  readonly uid: bigint | null;
  /** What the gateway did. */
  readonly action: Action;
}

/** How a gateway behaves. */
export interface GatewayOptions extends Lifetimes {
  /** The address to listen at; port 0 for a free one. */
  readonly listen: Endpoint;
  /** The sessions that are alive; empty for all. */
  readonly uids: readonly bigint[];
  /** The faults of the network to its clients. */
  readonly faults: Faults;
  /** The source of random numbers. */
  readonly random: Random;
  /** Called for each datagram. */
  readonly onEvent: (event: GatewayEvent) => void;
}

/** A gateway that listens. */
export interface Gateway {
  /** The address it listens at. */
  readonly address: Endpoint;
  /** Makes a session dead. */
  kill(uid: bigint): void;
  /** Makes a session alive, as if it were new. */
  revive(uid: bigint): void;
  /** The sessions that it knows, and whether they are dead. */
  sessions(): Iterable<readonly [uid: bigint, dead: boolean]>;
  /** Stops listening, at once. */
  close(): void;
}

/** How many sessions are remembered; the oldest are forgotten. */
const maxSessions = 100_000;

/** Opens a gateway, or returns the fault if it can't listen. */
export function openGateway(
  options: GatewayOptions,
  { clock, datagrams }: Pick<World, "clock" | "datagrams">,
): Gateway | Fault {
  const { listen, uids, faults, random, onEvent } = options;
  const lives = new Map<bigint, Life>();
  for (const uid of uids) setDead(uid, false);

  function setDead(uid: bigint, dead: boolean): void {
    lives.set(uid, { ...newLife, dead });
  }

  function onDatagram(bytes: Uint8Array, client: Endpoint): void {
    const uid = decodeRequest(bytes) ?? null;
    const action = uid === null ? "invalid" : answer(uid, client);
    onEvent({ client, uid, action });
  }

  function answer(uid: bigint, client: Endpoint): Action {
    if (isLost(faults, random)) return "request_lost";
    const { dead } = live(uid);
    if (isLost(faults, random)) return "reply_lost";
    if (dead && faults.silent) return "dead";
    const reply = encodeReply(dead ? deadUid : uid);
    for (const outgoing of distort(reply, faults, random)) {
      const { after } = outgoing;
      const go = () => deliver(outgoing, client);
      after === 0 ? go() : clock.setTimer(clock.now() + after, go);
    }
    return dead ? "dead" : "alive";
  }

  function live(uid: bigint): Life {
    const isClosed = uids.length > 0;
    const before = lives.get(uid) ?? { ...newLife, dead: isClosed };
    const life = afterRequest(before, options, clock.now());
    // If sessions are named, all others are dead and need not be remembered.
    if (isClosed && !lives.has(uid)) return life;
    lives.set(uid, life);
    if (lives.size > maxSessions) lives.delete(lives.keys().next().value!);
    return life;
  }

  const socket = datagrams.bind({
    ...listen,
    longest: requestLength,
    onDatagram,
  });
  if (isFault(socket)) return socket;
  const other = datagrams.bind({
    host: listen.host,
    port: 0,
    longest: 0,
    onDatagram: () => {},
  });
  if (isFault(other)) {
    socket.close();
    return other;
  }
  const deliver = ({ bytes, forged }: Outgoing, to: Endpoint): void => {
    // A reply that can't be sent counts as lost.
    (forged ? other : socket).send(bytes, to, () => {});
  };
  return {
    address: { host: listen.host, port: socket.port },
    kill: (uid) => setDead(uid, true),
    revive: (uid) => setDead(uid, false),
    sessions: () => lives.entries().map(([uid, { dead }]) => [uid, dead]),
    close() {
      socket.close();
      other.close();
    },
  };
}
