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
} from "../world.ts";

/** Sockets that share one limit of descriptors and ports. */
export interface Sockets {
  /**
   * Binds a fresh socket to a port that is not in `avoid`, and calls back at
   * once. Only when descriptors or ports have run out it calls back later:
   * those that linger are then closed, one after the other and the oldest
   * first, until there is room.
   */
  bind(
    options: Omit<BindOptions, "port">,
    avoid: ReadonlySet<number>,
    callback: (socket: DatagramSocket | Fault) => void,
  ): void;
  /** Closes a socket after `time` ms. */
  linger(socket: DatagramSocket, time: number): void;
}

/** Codes of faults that closing another socket may help against. */
const exhausted = new Set(["EMFILE", "ENFILE", "EADDRINUSE", "ENOBUFS"]);

/** How often a port to be avoided is given back before it is taken after all. */
const maxSwaps = 8;

/** Makes the sockets of one agent. */
export function createSockets(
  { datagrams, clock }: Pick<World, "datagrams" | "clock">,
): Sockets {
  // In the order in which they began to linger.
  const lingering = new Map<DatagramSocket, () => void>();

  function closeOldest(): boolean {
    const [oldest] = lingering;
    if (oldest === undefined) return false;
    const [socket, cancel] = oldest;
    lingering.delete(socket);
    cancel();
    socket.close();
    return true;
  }

  function bindElsewhere(
    options: BindOptions,
    avoid: ReadonlySet<number>,
  ): DatagramSocket | Fault {
    const unwanted: DatagramSocket[] = [];
    for (;;) {
      const socket = datagrams.bind(options);
      const isTaken = !isFault(socket) && avoid.has(socket.port) &&
        unwanted.length < maxSwaps;
      if (!isTaken) {
        // Held until now, so that the system had to choose another port.
        for (const other of unwanted) other.close();
        return socket;
      }
      unwanted.push(socket);
    }
  }

  return {
    bind(options, avoid, callback) {
      const tryIt = () => {
        const socket = bindElsewhere({ ...options, port: 0 }, avoid);
        const mayHelp = isFault(socket) && exhausted.has(socket.code);
        // A descriptor that was closed is free only a turn of the event loop later.
        if (mayHelp && closeOldest()) clock.setTimer(clock.now(), tryIt);
        else callback(socket);
      };
      tryIt();
    },
    linger(socket, time) {
      const cancel = clock.setTimer(clock.now() + time, () => {
        lingering.delete(socket);
        socket.close();
      });
      lingering.set(socket, cancel);
    },
  };
}
