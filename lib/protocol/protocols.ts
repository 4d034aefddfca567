/**
 * The table of protocols.
 *
 * @module
 */
import type { Protocol } from "./protocol.ts";
import { srun } from "./srun.ts";

/** All protocols; the first one is the default. A test may add one before it loads other modules. */
export const protocols: [Protocol, ...Protocol[]] = [srun];

/** The protocol with this scheme; `undefined` if there is none. */
export function protocolOf(scheme: string): Protocol | undefined {
  return protocols.find((protocol) => protocol.scheme === scheme);
}
