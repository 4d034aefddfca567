/**
 * The sockets of all sessions: bound fresh for each series of tries, and left
 * listening for a while when their cycle is over, so that a late reply is
 * heard instead of provoking an ICMP Port Unreachable.
 *
 * @module
 */
import {
  type BindOptions,
  type DatagramSocket,
  type Fault,
  isFault,
  type World,
} from "../../world.ts";
import { createDecoys, type Decoys } from "./decoys.ts";

/** How long a finished cycle's sockets go on listening, in ms. */
export const lingerTime = 10_000;

/** How a socket is wanted. */
export interface WantedSocket extends Omit<BindOptions, "port"> {
  /** Ports that it is not to have. */
  readonly avoid: readonly number[];
  /** How long to wait until there is room for it, in monotonic ms. */
  readonly until: number;
}

/** Sockets that share one limit of descriptors and ports. */
export interface Sockets {
  /**
   * Binds a fresh socket and calls back at once. Only when descriptors or ports
   * have run out it calls back later: sockets that linger are then closed, the
   * oldest first, and if none does, the cycles under way come to their end
   * first. It is a fault if there is no room `until` then.
   */
  bind(
    wanted: WantedSocket,
    callback: (socket: DatagramSocket | Fault) => void,
  ): void;
  /** Closes a socket after {@linkcode lingerTime}, or sooner when there is no room for others. */
  linger(socket: DatagramSocket): void;
  /** Sockets that never send anything. */
  readonly decoys: Decoys;
}

/** Codes of faults that closing another socket may help against. */
const exhausted = new Set(["EMFILE", "ENFILE", "EADDRINUSE", "ENOBUFS"]);

/** How often a port to be avoided is given back before it is taken after all. */
const maxSwaps = 8;

/** So many descriptors, and no more than a quarter, are left to files and look-ups once they have run out. */
const spare = 12;

/** How long after others were closed the next ones are at the earliest, in ms, so that many are closed in one go. */
const rest = 100;

/** Somebody who waits for a socket. */
interface Waiter {
  readonly wanted: WantedSocket;
  readonly callback: (socket: DatagramSocket | Fault) => void;
  /** Ends the wait. */
  cancel: () => void;
}

/** Makes the sockets of one agent. */
export function createSockets(
  { datagrams, clock }: Pick<World, "datagrams" | "clock">,
): Sockets {
  // When each is closed, in monotonic ms; in that order.
  const lingering = new Map<DatagramSocket, number>();
  const decoys = new Set<DatagramSocket>();
  const waiting = new Set<Waiter>();
  let isSweeping = false;
  let open = 0;
  let closing = 0;
  let isSettling = false;
  // The process's own limit does not change, so it is found out only once.
  let most = Infinity;

  /** A descriptor that was closed is free only a turn of the event loop later; how many are is found out only where room is scarce. */
  function count(socket: DatagramSocket): DatagramSocket {
    let isOpen = true;
    open++;
    return {
      port: socket.port,
      send: socket.send,
      close() {
        if (!isOpen) return;
        isOpen = false;
        socket.close();
        closing++;
        if (waiting.size > 0 || most < Infinity) settleSoon();
      },
    };
  }

  function settleSoon(): void {
    if (isSettling) return;
    isSettling = true;
    clock.setTimer(clock.now(), settle);
  }

  function settle(): void {
    isSettling = false;
    open -= closing;
    closing = 0;
    serve();
  }

  function bindElsewhere(
    { avoid, until: _, ...options }: WantedSocket,
  ): DatagramSocket | Fault {
    const unwanted: DatagramSocket[] = [];
    for (;;) {
      const socket = datagrams.bind({ ...options, port: 0 });
      const isTaken = !isFault(socket) && avoid.includes(socket.port) &&
        unwanted.length < maxSwaps;
      if (!isTaken) {
        // Held until now, so that the system had to choose another port.
        for (const other of unwanted) other.close();
        return isFault(socket) ? socket : count(socket);
      }
      unwanted.push(socket);
    }
  }

  /** Binds; `null` if there is no room. */
  function attempt(wanted: WantedSocket): DatagramSocket | Fault | null {
    if (open >= most) return null;
    const socket = bindElsewhere(wanted);
    if (!isFault(socket) || !exhausted.has(socket.code) || open === 0) {
      return socket;
    }
    // How many are open is known only once those that were closed are.
    if (socket.code === "EMFILE" && closing === 0) {
      most = open - Math.min(spare, open >> 2);
    }
    return null;
  }

  /** Binds for those who wait, the first first, as far as there is room. */
  function serve(): void {
    for (const waiter of waiting) {
      const socket = attempt(waiter.wanted);
      if (socket === null) return makeRoom();
      answer(waiter, socket);
    }
  }

  function answer(waiter: Waiter, socket: DatagramSocket | Fault): void {
    waiting.delete(waiter);
    waiter.cancel();
    waiter.callback(socket);
  }

  function hasRoom(): boolean {
    return closing > 0 && open - closing < most;
  }

  /** Closes the sockets that linger longest, then decoys. */
  function makeRoom(): void {
    for (const socket of lingering.keys()) {
      if (hasRoom()) break;
      end(socket);
    }
    for (const decoy of decoys) {
      if (hasRoom()) break;
      decoy.close();
    }
    if (closing > 0) settleSoon();
  }

  /** Binds a decoy, which nobody waits for; `null` if there is no room. */
  function bindDecoy(
    options: Omit<WantedSocket, "avoid" | "until">,
  ): DatagramSocket | null {
    const wanted = { ...options, avoid: [], until: 0 };
    const socket = waiting.size > 0 ? null : attempt(wanted);
    if (socket === null || isFault(socket)) return null;
    const decoy: DatagramSocket = {
      ...socket,
      close() {
        decoys.delete(decoy);
        socket.close();
      },
    };
    decoys.add(decoy);
    return decoy;
  }

  /** Closes each socket that has lingered long enough, when its time has come. */
  function sweep(): void {
    const now = clock.now();
    isSweeping = false;
    for (const [socket, until] of lingering) {
      if (until > now) {
        isSweeping = true;
        return void clock.setTimer(Math.max(until, now + rest), sweep);
      }
      end(socket);
    }
  }

  function end(socket: DatagramSocket): void {
    lingering.delete(socket);
    socket.close();
  }

  const sockets: Pick<Sockets, "bind" | "linger"> = {
    bind(wanted, callback) {
      const socket = waiting.size > 0 ? null : attempt(wanted);
      if (socket !== null) return callback(socket);
      const waiter: Waiter = { wanted, callback, cancel() {} };
      waiting.add(waiter);
      if (waiting.size > 1) serve();
      else makeRoom();
      if (!waiting.has(waiter)) return;
      waiter.cancel = clock.setTimer(wanted.until, () => {
        // Whatever the reason is by now, the system tells it best.
        answer(waiter, bindElsewhere(wanted));
      });
    },
    linger(socket) {
      if (waiting.size > 0) return end(socket);
      const until = clock.now() + lingerTime;
      lingering.set(socket, until);
      if (isSweeping) return;
      isSweeping = true;
      clock.setTimer(until, sweep);
    },
  };
  return { ...sockets, decoys: createDecoys(bindDecoy) };
}
