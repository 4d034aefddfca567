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
import { LingeringSockets } from "./lingering.ts";
import { SocketCount } from "./socket_count.ts";

/** What a socket has to be like. */
export interface WantedSocket extends Omit<BindOptions, "port"> {
  /** Ports that it is not to have, if there are others. */
  readonly avoid: readonly number[];
  /** Until when to wait for room, in monotonic ms. */
  readonly until: number;
}

/** Sockets that share one limit of descriptors and ports. */
export interface Sockets {
  /**
   * Binds a fresh socket and calls back, at once if there is room. If descriptors
   * or ports have run out, sockets that linger are closed first, the oldest ones
   * first, then decoys. If that makes no room it waits for the cycles under way
   * to end, and calls back with a fault at {@linkcode WantedSocket.until}.
   */
  bind(
    wanted: WantedSocket,
    callback: (socket: DatagramSocket | Fault) => void,
  ): void;
  /**
   * Counts a descriptor for something else, such as a connection, and calls back
   * with what gives it back: at once if there is room, else as `bind` does, with
   * `null` if there is none `until` then.
   */
  reserve(
    until: number,
    callback: (release: (() => void) | null) => void,
  ): void;
  /** Takes note that no descriptor was left for something that was reserved. */
  noteExhausted(): void;
  /** Closes a socket after `lingerTime`, or sooner when there is no room for others. */
  linger(socket: DatagramSocket): void;
  /** Sockets that never send anything. */
  readonly decoys: Decoys;
}

/** Codes of faults that closing another socket may help against. */
const exhaustedCodes = new Set(["EMFILE", "ENFILE", "EADDRINUSE", "ENOBUFS"]);

/** When to try again where nothing of one's own can be closed, in ms. */
const retryMs = 20;

/** How long a process waits that has closed all of its own, in ms: the runtime may free them late. */
const patienceMs = 200;

/** How many ports to be avoided are given back before one is taken after all. */
const maxPortSwaps = 8;

/** Somebody who waits for room. */
interface Waiter {
  /** Takes the room; returns whether there was any. */
  readonly take: () => boolean;
  /** Is told that the time is over. */
  readonly expire: () => void;
  /** Ends the wait. */
  cancel: () => void;
}

/** Makes the sockets of one agent. */
export function createSockets(
  world: Pick<World, "datagrams" | "clock">,
): Sockets {
  return new SocketPool(world);
}

class SocketPool implements Sockets {
  private readonly count: SocketCount;
  private readonly lingering: LingeringSockets;
  private readonly openDecoys = new Set<DatagramSocket>();
  private waiters = new Set<Waiter>();
  private madeDecoys: Decoys | null = null;
  private isServedLater = false;

  constructor(private readonly world: Pick<World, "datagrams" | "clock">) {
    this.count = new SocketCount(
      world.clock,
      () => this.onClose(),
      () => this.serve(),
    );
    this.lingering = new LingeringSockets(world.clock);
  }

  get decoys(): Decoys {
    return this.madeDecoys ??= createDecoys((options) =>
      this.bindDecoy(options)
    );
  }

  bind(
    wanted: WantedSocket,
    callback: (socket: DatagramSocket | Fault) => void,
  ): void {
    this.wait(wanted.until, {
      take: () => {
        const socket = this.tryToBind(wanted);
        if (socket !== null) callback(socket);
        return socket !== null;
      },
      // Whatever the reason is by now, the system tells it best.
      expire: () => callback(this.bindNow(wanted)),
    });
  }

  reserve(
    until: number,
    callback: (release: (() => void) | null) => void,
  ): void {
    this.wait(until, {
      take: () => {
        if (this.count.isFull) return false;
        callback(this.count.reserve());
        return true;
      },
      expire: () => callback(null),
    });
  }

  noteExhausted(): void {
    if (!this.count.isUnused) this.count.learnLimit();
    this.makeRoom(this.waiters.size + 1);
  }

  /** Waits for room behind those who wait already. */
  private wait(until: number, taker: Omit<Waiter, "cancel">): void {
    if (!this.isAwaited && taker.take()) return;
    const waiter: Waiter = { ...taker, cancel() {} };
    this.waiters.add(waiter);
    if (this.waiters.size > 1) this.serve();
    else this.makeRoom();
    if (!this.waiters.has(waiter)) return;
    const { clock } = this.world;
    // Others have what is missing, and may keep it.
    const last = this.count.isAtRest ? clock.now() + patienceMs : Infinity;
    waiter.cancel = clock.setTimer(Math.min(until, last), () => {
      this.waiters.delete(waiter);
      waiter.expire();
    });
  }

  linger(socket: DatagramSocket): void {
    if (this.isAwaited) socket.close();
    else this.lingering.add(socket);
  }

  /** Whether somebody waits for a socket. */
  private get isAwaited(): boolean {
    return this.waiters.size > 0;
  }

  private bindNow(wanted: WantedSocket): DatagramSocket | Fault {
    const socket = bindElsewhere(wanted, this.world.datagrams);
    if (isFault(socket)) return socket;
    return this.count.add(socket);
  }

  private onClose(): void {
    if (this.isAwaited || this.count.isLimited) this.count.settleSoon();
  }

  /** Binds; `null` if there is no room. */
  private tryToBind(wanted: WantedSocket): DatagramSocket | Fault | null {
    const { count } = this;
    if (count.isFull) return null;
    const socket = this.bindNow(wanted);
    const isExhausted = isFault(socket) && exhaustedCodes.has(socket.code);
    if (!isExhausted || count.isUnused) return socket;
    if (socket.code === "EMFILE") count.learnLimit();
    return null;
  }

  /** Serves those who wait, in their order, as long as there is room. */
  private serve(): void {
    for (const waiter of this.waiters) {
      // Whoever is served may come for more at once, behind the others.
      this.waiters.delete(waiter);
      if (!waiter.take()) {
        this.waiters = new Set([waiter, ...this.waiters]);
        return this.makeRoom();
      }
      waiter.cancel();
    }
  }

  /** Closes the sockets that linger longest, then decoys, as many as are waited for. */
  private makeRoom(wanted = this.waiters.size): void {
    const { count } = this;
    const isNeeded = () => count.room < wanted;
    this.lingering.closeOldest(isNeeded);
    for (const decoy of this.openDecoys) {
      if (!isNeeded()) break;
      decoy.close();
    }
    count.settleSoon();
    // Somebody else has to give something back, or the runtime does so late.
    if (this.isAwaited && isNeeded() && !count.isFull) this.serveLater();
  }

  private serveLater(): void {
    if (this.isServedLater) return;
    this.isServedLater = true;
    const { clock } = this.world;
    clock.setTimer(clock.now() + retryMs, () => {
      this.isServedLater = false;
      this.serve();
    });
  }

  /** Binds a decoy; `null` if there is no room. */
  private bindDecoy(
    options: Omit<WantedSocket, "avoid" | "until">,
  ): DatagramSocket | null {
    const wanted = { ...options, avoid: [], until: 0 };
    const socket = this.isAwaited ? null : this.tryToBind(wanted);
    if (socket === null || isFault(socket)) return null;
    const decoy: DatagramSocket = {
      port: socket.port,
      send: (...datagram) => socket.send(...datagram),
      close: () => {
        this.openDecoys.delete(decoy);
        socket.close();
      },
    };
    this.openDecoys.add(decoy);
    return decoy;
  }
}

/** Binds a socket to a port that is not to be avoided, if the system offers one. */
function bindElsewhere(
  { avoid, until: _, ...options }: WantedSocket,
  datagrams: World["datagrams"],
): DatagramSocket | Fault {
  const unwanted: DatagramSocket[] = [];
  for (;;) {
    const socket = datagrams.bind({ ...options, port: 0 });
    const isTaken = !isFault(socket) && avoid.includes(socket.port) &&
      unwanted.length < maxPortSwaps;
    if (!isTaken) {
      // They were held until now, so that the system had to choose another port.
      for (const other of unwanted) other.close();
      return socket;
    }
    unwanted.push(socket);
  }
}
