/**
 * Files of xauth: cookies for displays. An entry has a family and four fields
 * with their lengths before them, all with the highest byte first (xauth(1),
 * and `XauReadAuth` of libXau).
 *
 * @module
 */
import { isLoopback, isPath, isSameNetwork, plainAddress } from "../address.ts";
import { latin1 } from "./octets.ts";
import type { FileContentSetting, Setup } from "./protocol.ts";
import { firstPort } from "./x11_display.ts";

/** The only way to prove oneself that is known here, and the usual one. */
export const cookieName = "MIT-MAGIC-COOKIE-1";

/** A cookie. */
export interface Cookie {
  /** What its address is: 0 IPv4, 6 IPv6, 256 the name of this machine, 65535 any. */
  readonly family: number;
  /** The server's IPv4 or IPv6 address; empty for another one. */
  readonly address: string;
  /** The number of the display; empty for any. */
  readonly display: string;
  /** The cookie itself. */
  readonly data: readonly number[];
}

/** What is read from the file that `cookie_file` names. */
export const cookieFileContent: FileContentSetting = {
  isSecret: true,
  parse: readCookies,
  usual: ["$XAUTHORITY", "~/.Xauthority"],
};

function readCookies(bytes: Uint8Array): readonly Cookie[] {
  const cookies: Cookie[] = [];
  let at = 0;
  const number = () => {
    at += 2;
    if (at > bytes.length) throw new RangeError(anXauthFile);
    return bytes[at - 2]! << 8 | bytes[at - 1]!;
  };
  const field = () => {
    const length = number();
    at += length;
    if (at > bytes.length) throw new RangeError(anXauthFile);
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const family = number();
    const address = addressOf(family, field());
    const display = latin1(field());
    const name = latin1(field());
    const data = [...field()];
    if (name === cookieName) cookies.push({ family, address, display, data });
  }
  return cookies;
}

const anXauthFile = "expected a file of xauth, such as ~/.Xauthority";

function addressOf(family: number, bytes: Uint8Array): string {
  if (family === 0 && bytes.length === 4) return bytes.join(".");
  if (family !== 6 || bytes.length !== 16) return "";
  const groups = Array.from(
    { length: 8 },
    (_, at) => bytes[2 * at]! << 8 | bytes[2 * at + 1]!,
  );
  return groups.map((group) => group.toString(16)).join(":");
}

/** The first cookie for a display; empty for none. On this machine any local one will do. A host given by name gets only one for any host. */
export function cookieFor(
  { host, port, files }: Pick<Setup, "host" | "port" | "files">,
): Uint8Array {
  const cookies = (files["cookieFile"] ?? []) as readonly Cookie[];
  const display = port === 0 ? /\d*$/.exec(host)![0] : `${port - firstPort}`;
  const isHere = isPath(host) || isLoopback(host) || host === "localhost";
  const found = cookies.find(({ family, address, display: own }) => {
    if (own !== display && own !== "") return false;
    if (family === 65535) return true;
    if (family === 256) return isHere;
    return isSameNetwork(plainAddress(host), address, family === 0 ? 32 : 128);
  });
  return Uint8Array.from(found?.data ?? []);
}
