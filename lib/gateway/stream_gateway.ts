/**
 * A simulated peer of streams on a real listener. It has one session.
 *
 * @module
 */
import type { Random } from "../random.ts";
import {
  type Clock,
  type Endpoint,
  type Fault,
  isFault,
  type Stream,
  type StreamListeners,
} from "../world.ts";
import { isLost, type StreamFaults } from "./faults.ts";
import type { Action } from "./gateway.ts";
import { afterRequest, type Lifetimes, newLife } from "./lifetime.ts";
import {
  type Answer,
  garbledAnswer,
  type Peer,
  type Question,
  type Visit,
} from "./peer.ts";
import type { Place } from "./place.ts";
import { portalPeer } from "./portal_peer.ts";
import { websocketPeer } from "./websocket_peer.ts";

/** How many connections may be open at a time; more are closed at once. */
const mostConnections = 100;

/** What a peer did with a request, or that it was told to garble the answer. */
export type StreamAction = Action | "garbled";

/** How a peer of streams behaves; durations in ms. */
export interface StreamGatewayOptions extends Lifetimes {
  /** Where to listen, and as what. */
  readonly listen: Place;
  /** The faults of its answers. */
  readonly faults: StreamFaults;
  /** The time without a byte of the client's after which a connection is ended. */
  readonly idleLimit: number;
  /** The source of random numbers. */
  readonly random: Random;
  /** Called for each request. */
  readonly onEvent: (client: Endpoint, action: StreamAction) => void;
}

/** A peer that listens. */
export interface StreamGateway {
  /** Where it listens. */
  readonly address: Endpoint;
  /** Makes the session dead, and tells so those who are let in. */
  kill(): void;
  /** Makes the session alive, as if it were new. */
  revive(): void;
  /** Whether the session is dead. */
  readonly isDead: boolean;
}

/** An open connection. */
interface Guest {
  /** Takes bytes of the client's. */
  receive(bytes: Uint8Array): void;
  /** Says that the session has just died. */
  expel(): void;
  /** The client has ended the connection. */
  leave(): void;
}

/** Opens a peer; resolves to the fault if it can't listen. */
export async function openStreamGateway(
  options: StreamGatewayOptions,
  { clock, listeners }: {
    /** Time. */
    readonly clock: Clock;
    /** What it listens with. */
    readonly listeners: StreamListeners;
  },
): Promise<StreamGateway | Fault> {
  const { listen, faults, idleLimit, random, onEvent } = options;
  const peer: Peer = listen.scheme === "ws"
    ? websocketPeer(listen.path)
    : portalPeer(listen.path);
  const guests = new Set<Guest>();
  let life = newLife;

  /** What to answer, if anything, and what to tell about it, if anything. */
  function respond(
    question: Question,
  ): { readonly action: StreamAction | null; readonly answer: Answer | null } {
    if (question.kind === "invalid") {
      return { action: "invalid", answer: question.answer };
    }
    if (question.kind === "goodbye") {
      return { action: null, answer: question.answer };
    }
    if (isLost(faults, random)) return { action: "request_lost", answer: null };
    if (question.kind === "life") {
      life = afterRequest(life, options, clock.now());
    }
    if (isLost(faults, random)) return { action: "reply_lost", answer: null };
    if (question.kind === "life" && life.dead && faults.silent) {
      return { action: "dead", answer: null };
    }
    if (faults.garble !== null) {
      return { action: "garbled", answer: garbledAnswer(faults.garble) };
    }
    if (question.kind === "entry") {
      return { action: null, answer: question.answer };
    }
    const action = life.dead ? "dead" : "alive";
    return { action, answer: question[action] };
  }

  function welcome(stream: Stream, client: Endpoint): Guest {
    let { start: state } = peer;
    let isOpen = true;
    let hasSpoken = false;
    let stopWaiting = () => {};
    /** When the last answer leaves, in monotonic ms. */
    let latest = 0;

    function wait(): void {
      stopWaiting();
      stopWaiting = clock.setTimer(clock.now() + idleLimit, end);
    }

    function end(): void {
      guest.leave();
      stream.close();
    }

    function say({ bytes, isLast }: Answer): void {
      if (!isOpen) return;
      stream.write(bytes);
      hasSpoken = true;
      if (isLast) end();
    }

    function sayLater(answer: Answer): void {
      const delay = faults.delay + random() * faults.jitter;
      latest = Math.max(latest, clock.now() + delay);
      if (latest === clock.now()) say(answer);
      else clock.setTimer(latest, () => say(answer));
    }

    const guest: Guest = {
      receive(bytes) {
        wait();
        const secondsOnline = Math.trunc(
          (clock.now() - (life.firstAt ?? clock.now())) / 1_000,
        );
        const visit: Visit = { client: client.host, secondsOnline };
        const understood = peer.receive(state, bytes, visit);
        state = understood.state;
        for (const question of understood.questions) {
          if (!isOpen) return;
          const { action, answer } = respond(question);
          if (action !== null) onEvent(client, action);
          if (answer !== null) sayLater(answer);
        }
      },
      expel() {
        const bytes = peer.expel(state);
        // Whose handshake was lost has not been let in.
        if (bytes !== null && hasSpoken) say({ bytes, isLast: true });
      },
      leave() {
        isOpen = false;
        stopWaiting();
        guests.delete(guest);
      },
    };
    guests.add(guest);
    wait();
    return guest;
  }

  const listener = await listeners.listen({
    at: { host: listen.host, port: listen.port },
    onConnection(stream, client) {
      if (guests.size >= mostConnections) {
        stream.close();
        return { onBytes() {}, onEnd() {} };
      }
      const { receive: onBytes, leave: onEnd } = welcome(stream, client);
      return { onBytes, onEnd };
    },
  });
  if (isFault(listener)) return listener;
  return {
    address: listener.address,
    kill() {
      life = { ...newLife, dead: true };
      if (faults.silent) return;
      for (const guest of [...guests]) guest.expel();
    },
    revive() {
      life = newLife;
    },
    get isDead() {
      return life.dead;
    },
  };
}
