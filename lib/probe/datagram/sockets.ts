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
  /** Closes a socket after `lingerTime`, or sooner when there is no room for others. */
  linger(socket: DatagramSocket): void;
  /** Sockets that never send anything. */
  readonly decoys: Decoys;
}

/** Codes of faults that closing another socket may help against. */
const exhaustedCodes = new Set(["EMFILE", "ENFILE", "EADDRINUSE", "ENOBUFS"]);

/** How many ports to be avoided are given back before one is taken after all. */
const maxPortSwaps = 8;

/** Somebody who waits for a socket. */
interface Waiter {
  readonly wanted: WantedSocket;
  readonly callback: (socket: DatagramSocket | Fault) => void;
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
  private readonly waiters = new Set<Waiter>();
  readonly decoys: Decoys;

  constructor(private readonly world: Pick<World, "datagrams" | "clock">) {
    this.count = new SocketCount(world.clock, () => this.serve());
    this.lingering = new LingeringSockets(world.clock);
    this.decoys = createDecoys((options) => this.bindDecoy(options));
  }

  bind(
    wanted: WantedSocket,
    callback: (socket: DatagramSocket | Fault) => void,
  ): void {
    const socket = this.isAwaited ? null : this.tryToBind(wanted);
    if (socket !== null) return callback(socket);
    const waiter: Waiter = { wanted, callback, cancel() {} };
    this.waiters.add(waiter);
    if (this.waiters.size > 1) this.serve();
    else this.makeRoom();
    if (!this.waiters.has(waiter)) return;
    waiter.cancel = this.world.clock.setTimer(wanted.until, () => {
      // Whatever the reason is by now, the system tells it best.
      this.answer(waiter, this.bindNow(wanted));
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
    return this.count.add(socket, () => {
      if (this.isAwaited || this.count.isLimited) this.count.settleSoon();
    });
  }

  /** Binds; `null` if there is no room. */
  private tryToBind(wanted: WantedSocket): DatagramSocket | Fault | null {
    const { count } = this;
    if (count.isFull) return null;
    const socket = this.bindNow(wanted);
    const isExhausted = isFault(socket) && exhaustedCodes.has(socket.code);
    if (!isExhausted || count.isEmpty) return socket;
    if (socket.code === "EMFILE") count.learnLimit();
    return null;
  }

  /** Binds for those who wait, in their order, as long as there is room. */
  private serve(): void {
    for (const waiter of this.waiters) {
      const socket = this.tryToBind(waiter.wanted);
      if (socket === null) return this.makeRoom();
      this.answer(waiter, socket);
    }
  }

  private answer(waiter: Waiter, socket: DatagramSocket | Fault): void {
    this.waiters.delete(waiter);
    waiter.cancel();
    waiter.callback(socket);
  }

  /** Closes the sockets that linger longest, then decoys. */
  private makeRoom(): void {
    const { count } = this;
    this.lingering.closeOldest(() => !count.makesRoom);
    for (const decoy of this.openDecoys) {
      if (count.makesRoom) break;
      decoy.close();
    }
    count.settleSoon();
  }

  /** Binds a decoy; `null` if there is no room. */
  private bindDecoy(
    options: Omit<WantedSocket, "avoid" | "until">,
  ): DatagramSocket | null {
    const wanted = { ...options, avoid: [], until: 0 };
    const socket = this.isAwaited ? null : this.tryToBind(wanted);
    if (socket === null || isFault(socket)) return null;
    const decoy: DatagramSocket = {
      ...socket,
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
