/**
 * A row of the table of what may happen to a network.
 *
 * @module
 */
import type { Network } from "./network.ts";

/** Something that happens in a network of its own. */
export interface Row {
  /** What, as a sentence without its end. */
  readonly name: string;
  /** The commands that it takes besides `ip`. */
  readonly needs: readonly string[];
  /** Lets it happen; rejects if lifesign does not do what it should. */
  run(network: Network): Promise<void>;
}
