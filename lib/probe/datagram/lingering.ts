/**
 * Sockets whose cycle is over, and that listen for a while yet.
 *
 * @module
 */
import type { Clock, DatagramSocket } from "../../world.ts";

/** How long a finished cycle's sockets go on listening, in ms. */
export const lingerTime = 10_000;

/** The shortest time between two rounds of closing, in ms, so that many sockets are closed in one round. */
const closePeriod = 100;

/** Closes sockets when they have lingered for {@linkcode lingerTime}. */
export class LingeringSockets {
  /** When each is closed, in monotonic ms; in that order. */
  private readonly closeAt = new Map<DatagramSocket, number>();
  private hasTimer = false;

  /** Begins without sockets. */
  constructor(private readonly clock: Pick<Clock, "now" | "setTimer">) {}

  /** Adds a socket. */
  add(socket: DatagramSocket): void {
    const at = this.clock.now() + lingerTime;
    this.closeAt.set(socket, at);
    if (!this.hasTimer) this.setTimer(at);
  }

  /** Closes the sockets that linger longest, as long as `isNeeded` says so. */
  closeOldest(isNeeded: () => boolean): void {
    for (const socket of this.closeAt.keys()) {
      if (!isNeeded()) return;
      this.close(socket);
    }
  }

  /** Sets the timer for the next round. */
  private setTimer(at: number): void {
    this.hasTimer = true;
    this.clock.setTimer(at, () => this.closeDue());
  }

  /** Closes the sockets whose time has come. */
  private closeDue(): void {
    const now = this.clock.now();
    this.hasTimer = false;
    for (const [socket, at] of this.closeAt) {
      if (at > now) return this.setTimer(Math.max(at, now + closePeriod));
      this.close(socket);
    }
  }

  /** Closes one. */
  private close(socket: DatagramSocket): void {
    this.closeAt.delete(socket);
    socket.close();
  }
}
