/**
 * Where a simulated peer listens, and as what.
 *
 * @module
 */
import { didYouMean } from "../nearest.ts";
import {
  formatAddress,
  type GatewayAddress,
  gatewayAddress,
  type Parser,
} from "../parsers.ts";
import { protocolOf } from "../protocol/protocols.ts";
import { srun } from "../protocol/srun.ts";

/** The schemes of what can be simulated, and of a reflector. */
export const schemes = ["srun", "stamp", "srun+http", "ws"] as const;

/** One of them: SRUN's datagrams, its portal, and a WebSocket server; and a reflector of STAMP. */
export type Scheme = typeof schemes[number];

/** Where a simulated peer listens. */
export interface Place extends GatewayAddress {
  /** What it simulates. */
  readonly scheme: Scheme;
  /** The path that it is asked at, from the slash on; empty for the usual ones. */
  readonly path: string;
}

/** Reads `HOST[:PORT]`, which is `srun://HOST[:PORT]`, or a URL with another scheme. */
export const place: Parser<Place> = Object.assign(readPlace, {
  example: `127.0.0.1:${srun.port}`,
});

function readPlace(text: string): Place {
  const [, word, rest = ""] = /^([a-z][a-z\d+.-]*):\/\/(.*)$/i.exec(text) ?? [];
  if (word === undefined) {
    return { ...gatewayAddress(srun.port, 0)(text), scheme: "srun", path: "" };
  }
  const scheme = schemes.find((scheme) => scheme === word.toLowerCase());
  if (scheme === undefined) {
    throw new RangeError(
      `expected HOST:PORT, srun+http://HOST:PORT, ws://HOST:PORT or stamp://HOST:PORT, e.g. ws://127.0.0.1:8080${
        didYouMean(word, schemes)
      }`,
    );
  }
  const [, address = "", path = ""] = /^([^/?#]*)(.*)$/.exec(rest) ?? [];
  const isPath = isDatagrams(scheme)
    ? path === "" || path === "/"
    : /^(?:\/[!-~]*)?$/.test(path) && !/[?#]/.test(path);
  if (!isPath) {
    throw new RangeError(
      `expected no more than a host, a port and a path, e.g. ws://127.0.0.1:8080/chat`,
    );
  }
  const { port } = protocolOf(scheme)!;
  const found = gatewayAddress(port!, 0)(address);
  return { ...found, scheme, path: isDatagrams(scheme) ? "" : path };
}

/** Whether it takes datagrams, not connections. */
export function isDatagrams(scheme: Scheme): boolean {
  return scheme === "srun" || scheme === "stamp";
}

/** Writes a place as a target that reaches it: datagrams without their scheme. */
export function formatPlace(place: Place): string {
  const { scheme, path } = place;
  const address = formatAddress(place);
  return scheme === "srun" ? address : `${scheme}://${address}${path}`;
}
