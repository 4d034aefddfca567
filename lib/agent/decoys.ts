/**
 * Decoys: sockets that never send anything, and that nobody has a reason to
 * answer. They listen while a death is confirmed. A forger who can't see the
 * traffic has to guess ports, and hits them, too; so a death reply that comes to
 * one of them proves that somebody forges deaths.
 *
 * @module
 */
import type { Family } from "../address.ts";
import {
  type DatagramSocket,
  type Endpoint,
  isFault,
  type World,
} from "../world.ts";
import type { Sockets } from "./sockets.ts";

/** How many decoys a set has: so many that who hits two of a cycle's six sockets by chance hits one of these, too, in all but one of 100,000 cycles that lose 30 % each way. */
const size = 48;

/** How long a decoy may wait for room among other sockets, in ms. */
const patience = 1_000;

/** Somebody whose death is being confirmed. */
interface Watcher {
  /** The longest reply, in bytes. */
  readonly longest: number;
  /** Is told what arrives at a decoy. */
  readonly onDatagram: (bytes: Uint8Array, from: Endpoint) => void;
}

/** The decoys of one process: a set for each family, which sessions share. */
export interface Decoys {
  /** Lets decoys listen, at least until the returned function is called. Fewer listen where there is no room. */
  watch(family: Family, watcher: Watcher): () => void;
}

/** The decoys of one family. */
interface DecoySet {
  readonly watchers: Set<Watcher>;
  readonly sockets: DatagramSocket[];
}

/** Makes decoys; none listens until somebody watches. */
export function createDecoys(
  bind: Sockets["bind"],
  clock: Pick<World["clock"], "now">,
): Decoys {
  const sets = new Map<Family, DecoySet>();

  function open(family: Family, longest: number): DecoySet {
    const set: DecoySet = { watchers: new Set(), sockets: [] };
    sets.set(family, set);
    for (let n = 0; n < size; n++) {
      bind({
        host: family === "6" ? "::" : "0.0.0.0",
        longest,
        onDatagram(bytes, from) {
          for (const { onDatagram } of set.watchers) onDatagram(bytes, from);
        },
        avoid: [],
        until: clock.now() + patience,
      }, (socket) => {
        if (isFault(socket)) return;
        if (sets.get(family) === set) set.sockets.push(socket);
        else socket.close();
      });
    }
    return set;
  }

  return {
    watch(family, watcher) {
      const set = sets.get(family) ?? open(family, watcher.longest);
      set.watchers.add(watcher);
      return () => {
        set.watchers.delete(watcher);
        if (set.watchers.size > 0 || sets.get(family) !== set) return;
        sets.delete(family);
        for (const socket of set.sockets) socket.close();
      };
    },
  };
}
