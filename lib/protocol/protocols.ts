/**
 * The table of protocols.
 *
 * @module
 */
import type { Protocol } from "./protocol.ts";
import { srun } from "./srun.ts";

/** All protocols; the first one is that of a gateway without a scheme. A test may add one before anything else is loaded. */
export const protocols: [Protocol, ...Protocol[]] = [srun];

/** The protocol with this scheme; `undefined` if there is none. */
export function protocolOf(scheme: string): Protocol | undefined {
  return protocols.find((protocol) => protocol.scheme === scheme);
}
