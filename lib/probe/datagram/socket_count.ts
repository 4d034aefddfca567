/**
 * How many sockets are open, and how many can be.
 *
 * @module
 */
import type { Clock, DatagramSocket, Endpoint, Fault } from "../../world.ts";

/** How many descriptors to leave to files and look-ups once they have run out; at most a quarter of them. */
const reservedDescriptors = 12;

/** Counts open sockets. A descriptor is free only one turn of the event loop after its socket was closed. */
export class SocketCount {
  private open = 0;
  /** How many of the open ones were closed, but may not be free yet. */
  private closing = 0;
  /** The most that were open at the same time, and not closed. */
  private peak = 0;
  /** How many may be open; infinite until descriptors have run out once. */
  private limit = Infinity;
  private isSettling = false;
  /** One for all sockets: there are thousands. */
  private readonly release = () => {
    this.closing++;
    this.onClose();
  };

  /** Calls `onClose` whenever something counts no more, and `onFree` once that is free. */
  constructor(
    private readonly clock: Pick<Clock, "now" | "setTimer">,
    private readonly onClose: () => void,
    private readonly onFree: () => void,
  ) {}

  /** Whether none has ever been open. */
  get isUnused(): boolean {
    return this.peak === 0;
  }

  /** Whether all were closed, though some may not be free yet. */
  get isAtRest(): boolean {
    return this.open === this.closing;
  }

  /** Whether no more may be opened. */
  get isFull(): boolean {
    return this.open >= this.limit;
  }

  /** Whether the limit has been reached once. */
  get isLimited(): boolean {
    return this.limit < Infinity;
  }

  /** For how many others the sockets that were closed make room. */
  get room(): number {
    return Math.min(this.closing, this.limit - (this.open - this.closing));
  }

  /** Counts a socket until it is closed. */
  add(socket: DatagramSocket): DatagramSocket {
    this.take();
    return new CountedSocket(socket, this.release);
  }

  /** Counts a descriptor; returns what gives it back, once. */
  reserve(): () => void {
    let isOpen = true;
    this.take();
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.release();
    };
  }

  /** Counts one more. */
  private take(): void {
    this.open++;
    this.peak = Math.max(this.peak, this.open - this.closing);
  }

  /** Takes note that the process has no more descriptors. */
  learnLimit(): void {
    // How many are really open is unknown until those that were closed are free.
    if (this.closing > 0) return;
    // Not how many are open now: a busy runtime frees some only later.
    this.limit = this.peak - Math.min(reservedDescriptors, this.peak >> 2);
  }

  /** Calls `onFree` in the next turn of the event loop if any socket was closed. */
  settleSoon(): void {
    if (this.isSettling || this.closing === 0) return;
    this.isSettling = true;
    this.clock.setTimer(this.clock.now(), () => {
      this.isSettling = false;
      this.open -= this.closing;
      this.closing = 0;
      this.onFree();
    });
  }
}

class CountedSocket implements DatagramSocket {
  readonly port: number;
  private isOpen = true;

  constructor(
    private readonly socket: DatagramSocket,
    private readonly release: () => void,
  ) {
    this.port = socket.port;
  }

  send(bytes: Uint8Array, to: Endpoint, onFault: (fault: Fault) => void): void {
    this.socket.send(bytes, to, onFault);
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.socket.close();
    this.release();
  }
}
