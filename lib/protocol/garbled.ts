/**
 * What is meant by an answer that is none of a protocol's.
 *
 * @module
 */
import type { Heard } from "./protocol.ts";

/** Says that an answer is none of the protocol's; `note` says how. */
export function garbled(note: string): Heard {
  return { type: "flaw", flaw: "protocol", note };
}
