/**
 * Targets: what is asked, and how, as a URL such as `srun://HOST[:PORT]`.
 *
 * @module
 */
import { didYouMean } from "../nearest.ts";
import {
  alternatives,
  type GatewayAddress,
  gatewayAddress,
  type Parser,
} from "../parsers.ts";
import type { Protocol } from "../protocol/protocol.ts";
import { protocolOf, protocols } from "../protocol/protocols.ts";

/** Where a session's gateway is, and how it is asked. */
export interface Target extends GatewayAddress {
  /** The protocol to ask it by. */
  readonly protocol: Protocol;
}

/** Whether a text is a URL with a user name or a password. */
export function hasPassword(text: string): boolean {
  return /^[^/]*:\/\/[^/?#]*@/.test(text);
}

const example = `${protocols[0].scheme}://172.16.202.201`;

/** Reads a target; throws a `RangeError` that says what is expected. */
export const target: Parser<Target> = Object.assign(readTarget, { example });

function readTarget(text: string): Target {
  const [, scheme = "", rest = ""] = /^([a-z][a-z\d+.-]*):\/\/(.*)$/i
    .exec(text) ?? [];
  if (scheme === "" || rest.includes("://")) {
    throw new RangeError(`expected SCHEME://HOST[:PORT], e.g. ${example}`);
  }
  if (hasPassword(text)) {
    throw new RangeError(
      "expected a URL without a password, since others can read it: put secrets into a file",
    );
  }
  const protocol = protocolOf(scheme.toLowerCase());
  if (protocol === undefined) {
    const schemes = protocols.map(({ scheme }) => `${scheme}://`);
    throw new RangeError(
      `expected ${alternatives(schemes)}, e.g. ${example}${
        didYouMean(`${scheme}://`, schemes)
      }`,
    );
  }
  const address = rest.replace(/\/$/, "");
  return { ...gatewayAddress(protocol.port)(address), protocol };
}
