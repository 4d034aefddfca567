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
import { protocolOf, protocols } from "../protocol/protocols.ts";

/** Where a session's gateway is, and how it is asked. */
export interface Target extends GatewayAddress {
  /** How it is asked. */
  readonly scheme: string;
  /** What is asked for there, from the slash on; empty for nothing. */
  readonly path: string;
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
  if (scheme === "" || /^[^/?#]*:\/\//.test(rest)) {
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
  const [, address = "", path = ""] = /^([^/?#]*)(.*)$/.exec(rest) ?? [];
  const { hasPath } = protocol;
  if (!hasPath && path !== "" && path !== "/") {
    throw new RangeError(
      `expected a host and no path, e.g. ${protocol.scheme}://${address}`,
    );
  }
  if (!/^[!-~]*$/.test(path)) {
    throw new RangeError(
      "expected a path of ASCII characters: others are written as %C3%BC",
    );
  }
  const place = gatewayAddress(protocol.port ?? 0, 0)(address);
  if (place.port === 0) {
    const { scheme } = protocol;
    throw new RangeError(`expected a port, e.g. ${scheme}://${address}:22`);
  }
  const { scheme: canonical } = protocol;
  const asked = hasPath ? path.replace(/#.*/, "") : "";
  return { ...place, scheme: canonical, path: asked };
}

/** Reads targets, separated by commas. */
export const targets: Parser<readonly Target[]> = Object.assign(
  (text: string) => text.split(",").map((part) => readTarget(part.trim())),
  { example },
);
