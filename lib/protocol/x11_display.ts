/**
 * The displays of X11 in targets: `x11://[HOST]:N` and `x11:///PATH`.
 *
 * @module
 */
import { isPath } from "../address.ts";
import { type GatewayAddress, host as hostOf } from "../parsers.ts";

/** The port of display 0. A unix socket has the port of its display, too, or 0 if only its path was given. */
export const firstPort = 6000;

/** The longest path of a unix socket, in bytes (`sun_path` in unix(7), without its NUL). */
const longestPath = 107;

/** Reads what is behind `://`: a display, whose screen means nothing, or a path. Throws a `RangeError` that says what is expected. */
export function readDisplay(rest: string): GatewayAddress {
  if (isPath(rest)) {
    const isRight = /^\/[!-~]+$/.test(rest) && rest.length <= longestPath;
    if (isRight) return { host: rest, port: 0 };
    throw new RangeError(
      `expected a path of at most ${longestPath} ASCII characters, e.g. x11:///tmp/.X11-unix/X0`,
    );
  }
  const [, host = "", display] =
    /^(\[.*\]|[^:[\]]*):(\d{1,5})(?:\.\d+)?$/.exec(rest) ?? [];
  const number = Number(display ?? Infinity);
  if (firstPort + number > 65535) {
    throw new RangeError(
      "expected x11://[HOST]:DISPLAY or x11:///PATH, e.g. x11://:0, x11://192.0.2.1:0 or x11://[2001:db8::1]:0",
    );
  }
  return {
    host: host === "" ? `/tmp/.X11-unix/X${number}` : hostOf(host),
    port: firstPort + number,
  };
}

/** Writes it. */
export function writeDisplay({ host, port }: GatewayAddress): string {
  if (port === 0) return host;
  const place = isPath(host) ? "" : host.includes(":") ? `[${host}]` : host;
  return `${place}:${port - firstPort}`;
}
