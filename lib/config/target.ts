/**
 * What is asked for a sign of life, as a URL: `srun://HOST[:PORT]`.
 *
 * @module
 */
import { didYouMean } from "../nearest.ts";
import { type GatewayAddress, gatewayAddress } from "../parsers.ts";
import type { Protocol } from "../protocol/protocol.ts";
import { protocolOf, protocols } from "../protocol/protocols.ts";

/** Where a session's gateway is, and how it is asked. */
export interface Target extends GatewayAddress {
  /** How. */
  readonly protocol: Protocol;
}

/** Whether a text is a URL with a password, or with a name that stands in its place. */
export function hasPassword(text: string): boolean {
  return /^[^/]*:\/\/[^/?#]*@/.test(text);
}

/** Reads a target; throws a `RangeError` that says what is wanted. */
export function target(text: string): Target {
  const [, scheme = "", rest = ""] = /^([a-z][a-z\d+.-]*):\/\/(.*)$/i
    .exec(text) ?? [];
  if (scheme === "") {
    throw new RangeError(
      `SCHEME://HOST[:PORT] is wanted, as in ${
        protocols[0].scheme
      }://172.16.202.201`,
    );
  }
  if (hasPassword(text)) {
    throw new RangeError(
      "a URL without a password is wanted, since others can read it; a file is the place for secrets",
    );
  }
  const protocol = protocolOf(scheme.toLowerCase());
  if (protocol === undefined) {
    const schemes = protocols.map(({ scheme }) => `${scheme}://`);
    throw new RangeError(
      `${schemes.join(", ")} is wanted${didYouMean(`${scheme}://`, schemes)}`,
    );
  }
  const address = rest.replace(/\/$/, "");
  return { ...gatewayAddress(protocol.port)(address), protocol };
}
