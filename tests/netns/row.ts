/**
 * The rows of the table of faults.
 *
 * @module
 */
import type { Network } from "./network.ts";

/** A test in its own network. */
export interface Row {
  /** The fault, as a sentence without its full stop. */
  readonly name: string;
  /** The commands that it needs besides `ip`; none if absent. */
  readonly needs?: readonly string[];
  /** Runs the test; rejects if lifesign behaves wrongly. */
  run(network: Network): Promise<void>;
}
