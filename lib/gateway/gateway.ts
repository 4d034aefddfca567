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
import { afterRequest, type Life, type Lifetimes } from "./lifetime.ts";

/** What a gateway made of a datagram. */
export type Action =
  /** It echoed the UID. */
  | "alive"
  /** It answered -2. */
  | "dead"
  /** The request was lost on its way; the gateway doesn't know of it. */
  | "request_lost"
  /** The answer was lost on its way. */
  | "reply_lost"
  /** It was no request; nothing was answered. */
  | "invalid";

/** A datagram that came. */
export interface GatewayEvent {
  /** Where from. */
  readonly client: Endpoint;
  /** Which session it is about; `null` if it is no request. */
  readonly uid: bigint | null;
  /** What was done. */
  readonly action: Action;
}

/** What a gateway is told. */
export interface GatewayOptions extends Lifetimes {
  /** Where it listens; port 0 for one that is free. */
  readonly listen: Endpoint;
  /** The sessions that are alive; none for any. */
  readonly uids: readonly bigint[];
  /** What goes wrong between it and its clients. */
  readonly faults: Faults;
  /** Chance. */
  readonly random: Random;
  /** Is told about each datagram. */
  readonly onEvent: (event: GatewayEvent) => void;
}

/** A gateway that listens. */
export interface Gateway {
  /** Where. */
  readonly address: Endpoint;
  /** Lets a session die. */
  kill(uid: bigint): void;
  /** Lets a session live (again). */
  revive(uid: bigint): void;
  /** Stops listening, at once. */
  close(): void;
}

/** How many sessions are remembered; the oldest is forgotten for a further one. */
const mostSessions = 100_000;

/** Begins to listen; returns a fault if that can't be done. */
export function openGateway(
  options: GatewayOptions,
  { clock, datagrams }: Pick<World, "clock" | "datagrams">,
): Gateway | Fault {
  const { listen, uids, faults, random, onEvent } = options;
  const lives = new Map<bigint, Life>();
  for (const uid of uids) setDead(uid, false);
  let deliver = (_outgoing: Outgoing, _to: Endpoint): void => {};

  function setDead(uid: bigint, dead: boolean): void {
    lives.set(uid, { firstAt: null, lastAt: null, dead });
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
    const reply = encodeReply(dead ? deadUid : uid);
    for (const outgoing of distort(reply, faults, random)) {
      const { after } = outgoing;
      const go = () => deliver(outgoing, client);
      after === 0 ? go() : clock.setTimer(clock.now() + after, go);
    }
    return dead ? "dead" : "alive";
  }

  function live(uid: bigint): Life {
    const stranger = { firstAt: null, lastAt: null, dead: uids.length > 0 };
    const before = lives.get(uid) ?? stranger;
    const life = afterRequest(before, options, clock.now());
    // Where sessions are named, strangers are dead anyway and not remembered.
    if (uids.length > 0 && !lives.has(uid)) return life;
    lives.set(uid, life);
    if (lives.size > mostSessions) lives.delete(lives.keys().next().value!);
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
  // A reply that can't be sent is a reply that is lost.
  deliver = ({ bytes, forged }, to) =>
    (forged ? other : socket).send(bytes, to, () => {});
  return {
    address: { host: listen.host, port: socket.port },
    kill: (uid) => setDead(uid, true),
    revive: (uid) => setDead(uid, false),
    close() {
      socket.close();
      other.close();
    },
  };
}
