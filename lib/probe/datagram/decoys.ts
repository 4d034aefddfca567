/**
 * Decoys: sockets that never send anything, and that nobody has a reason to
 * answer. They listen while a death is confirmed. A forger who can't see the
 * traffic has to guess ports, and hits them, too; so a death reply that comes to
 * one of them proves that somebody forges deaths.
 *
 * @module
 */
import type { Family } from "../../address.ts";
import type { BindOptions, DatagramSocket, Endpoint } from "../../world.ts";

/**
 * How many decoys a set has. A forger who hits two of a cycle's six sockets by
 * chance misses all of these in one of 100,000 cycles, at 30 % loss each way.
 */
const decoyCount = 48;

/** A session whose death is being confirmed. */
export interface Watcher {
  /** The longest reply, in bytes. */
  readonly longest: number;
  /** Receives what arrives at a decoy. */
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

/** Makes decoys; none listens until somebody watches. `bind` binds one to any port, or returns `null`. */
export function createDecoys(
  bind: (options: Omit<BindOptions, "port">) => DatagramSocket | null,
): Decoys {
  const sets = new Map<Family, DecoySet>();

  function open(family: Family, longest: number): DecoySet {
    const set: DecoySet = { watchers: new Set(), sockets: [] };
    sets.set(family, set);
    while (set.sockets.length < decoyCount) {
      const socket = bind({
        host: family === "6" ? "::" : "0.0.0.0",
        longest,
        onDatagram(bytes, from) {
          for (const { onDatagram } of set.watchers) onDatagram(bytes, from);
        },
      });
      if (socket === null) break;
      set.sockets.push(socket);
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
