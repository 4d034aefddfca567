/**
 * Targets: what is asked, and how, as a URL such as `srun://HOST[:PORT]`.
 *
 * @module
 */
import { didYouMean } from "../nearest.ts";
import {
  alternatives,
  formatAddress,
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

const aTarget = `${protocols[0].scheme}://172.16.202.201`;

/** Reads a target; throws a `RangeError` that says what is expected. */
export const target: Parser<Target> = Object.assign(readTarget, {
  example: aTarget,
});

function readTarget(text: string): Target {
  const [, scheme = "", rest = ""] = /^([a-z][a-z\d+.-]*):\/\/(.*)$/i
    .exec(text) ?? [];
  if (scheme === "" || /^[^/?#]*:\/\//.test(rest)) {
    throw new RangeError(`expected SCHEME://HOST[:PORT], e.g. ${aTarget}`);
  }
  if (hasPassword(text)) {
    throw new RangeError(
      "expected a URL without a password, since others can read it: headers_file has room for secrets",
    );
  }
  const protocol = protocolOf(scheme.toLowerCase());
  if (protocol === undefined) {
    const schemes = protocols.map(({ scheme }) => `${scheme}://`);
    const word = `${scheme.toLowerCase()}://`;
    // A portal's scheme, rather than what is spelled like "http".
    const portals = schemes.filter((scheme) => scheme.endsWith(`+${word}`));
    const near = portals.length > 0
      ? `; did you mean "${portals[0]}"?`
      : didYouMean(word, schemes);
    throw new RangeError(
      `expected ${alternatives(schemes)}, e.g. ${aTarget}${near}`,
    );
  }
  if (protocol.place !== undefined) {
    return { ...protocol.place(rest), scheme: protocol.scheme, path: "" };
  }
  const [, address = "", path = ""] = /^([^/?#]*)(.*)$/.exec(rest) ?? [];
  const place = gatewayAddress(protocol.port ?? 22)(address);
  const example = `${protocol.scheme}://${formatAddress(place)}`;
  if (protocol.port === null && !/(^[^:]*|\]):\d+$/.test(address)) {
    throw new RangeError(`expected a port, e.g. ${example}`);
  }
  const { hasPath } = protocol;
  if (!hasPath && path !== "" && path !== "/") {
    throw new RangeError(`expected a host and no path, e.g. ${example}`);
  }
  if (!/^[!-~]*$/.test(path)) {
    throw new RangeError(
      "expected a path of ASCII characters, e.g. /caf%C3%A9",
    );
  }
  const { scheme: canonical } = protocol;
  const asked = path.replace(/#.*/, "").replace(/^\?/, "/?");
  return { ...place, scheme: canonical, path: hasPath ? asked : "" };
}

/** Reads targets, separated by commas. */
export const targets: Parser<readonly Target[]> = Object.assign(
  (text: string) => text.split(",").map((part) => readTarget(part.trim())),
  { example: aTarget },
);
