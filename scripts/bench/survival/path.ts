/**
 * The way to a gateway and back in virtual time.
 *
 * @module
 */
import type { Random } from "../../../lib/random.ts";
import type { Clock, Datagrams } from "../../../lib/world.ts";

/** What the way is like, and what is at its end. */
export interface PathOptions {
  /** Passes the time that packets take. */
  readonly clock: Clock;
  /** How probable it is that a packet is lost, each way; 0 to 1. */
  readonly loss: number;
  /** How long a request and its reply take together, in ms; each the half of it. */
  readonly roundTrip: number;
  /** Loses packets. */
  readonly random: Random;
  /** What the gateway answers to a request that arrives at monotonic time `at`. */
  readonly answer: (at: number) => Uint8Array;
  /** Is told of each datagram that leaves. */
  readonly onSent: () => void;
}

/** Makes a network that has one gateway, and far more ports than are in use. */
export function createPath(
  { clock, loss, roundTrip, random, answer, onSent }: PathOptions,
): Datagrams {
  let port = 0;
  return {
    bind({ onDatagram }) {
      let isOpen = true;
      port = port % 65535 + 1;
      return {
        port,
        send(_, gateway) {
          onSent();
          if (random() < loss) return;
          const reply = answer(clock.now() + roundTrip / 2);
          if (random() < loss) return;
          clock.setTimer(clock.now() + roundTrip, () => {
            if (isOpen) onDatagram(reply, gateway);
          });
        },
        close() {
          isOpen = false;
        },
      };
    },
  };
}
