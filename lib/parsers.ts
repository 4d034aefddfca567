/**
 * Text to values: one parser for each kind of setting, whichever layer the
 * text comes from. Each throws a `RangeError` whose message says what is
 * wanted, to be put behind what is wrong.
 *
 * @module
 */
import { familyOf } from "./address.ts";
import { didYouMean } from "./nearest.ts";

/** Reads a value from text; throws a `RangeError` that says what is wanted. */
export interface Parser<T> {
  (text: string): T;
  /** All texts that it can read; absent if they are too many to be listed. */
  readonly words?: readonly string[];
}

/** Where a gateway is. */
export interface GatewayAddress {
  /** A name, or an IPv4 or IPv6 address in canonical form. */
  readonly host: string;
  /** 1 to 65535, or 0 where a free one may be chosen. */
  readonly port: number;
}

const unitOf: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A year is long enough for anything here. */
const longest = 366 * unitOf["d"]!;

/** Reads a duration such as `500ms`, `60s` or `1h30m` into ms, from `least` to 366 days. */
export function duration(least: number): Parser<number> {
  const wanted = "a duration with a unit is wanted, as in 500ms, 60s or 1h30m";
  return (text) => {
    if (!/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(text)) throw new RangeError(wanted);
    const parts = text.matchAll(/([\d.]+)([a-z]+)/g);
    const sum = parts.reduce(
      (sum, [, number, unit]) => sum + Number(number) * unitOf[unit!]!,
      0,
    );
    if (sum >= least && sum <= longest) return sum;
    throw new RangeError(
      `a duration from ${formatDuration(least)} to 366d is wanted`,
    );
  };
}

/** Writes a duration in ms as {@linkcode duration} reads it, in the largest unit that leaves no fraction. */
export function formatDuration(ms: number): string {
  const [unit, size] = Object.entries(unitOf).toReversed()
    .find(([, size]) => ms >= size && ms % size === 0) ?? ["ms", 1];
  return ms === 0 ? "0s" : `${ms / size}${unit}`;
}

/** Reads a whole number from `least` to `most`. */
export function integer(least: number, most: number): Parser<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new RangeError(
      `a whole number from ${least} to ${most} is wanted`,
    );
  };
}

/** Reads a probability, 0 to 1. */
export function probability(text: string): number {
  const value = /^(\d+(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : NaN;
  if (value >= 0 && value <= 1) return value;
  throw new RangeError("a number from 0 to 1 is wanted, as in 0.3");
}

/** Reads `true` or `false`. */
export function boolean(text: string): boolean {
  return oneOf(["true", "false"] as const)(text) === "true";
}

/** Reads one of some words. */
export function oneOf<W extends string>(words: readonly W[]): Parser<W> {
  const parse = (text: string) => {
    const word = words.find((word) => word === text);
    if (word !== undefined) return word;
    const list = words.join(", ").replace(/, ([^,]*)$/, " or $1");
    throw new RangeError(`${list} is wanted${didYouMean(text, words)}`);
  };
  return Object.assign(parse, { words });
}

/** Reads the name of a file. */
export function fileName(text: string): string {
  if (text !== "") return text;
  throw new RangeError("a file name is wanted");
}

/** Reads a shell command. */
export function command(text: string): string {
  if (text.trim() !== "") return text;
  throw new RangeError("a shell command is wanted");
}

/** Reads the name of a file that is to be written; it can't be stdout. */
export function outputFile(text: string): string {
  if (text !== "-") return fileName(text);
  throw new RangeError("a file name is wanted, as in ./-");
}

const bytesOf: Record<string, number> = {
  "": 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
};

/** No disk is larger, in bytes. */
const largest = 1024 * bytesOf["g"]!;

/** Reads a size in bytes, such as `65536`, `512KiB`, `10MiB` or `1GiB`, up to 1024 GiB. `10M` is 10 MiB, as logrotate and systemd have it; `10MB`, which could be either, is refused. */
export function size(text: string): number {
  const [, number, unit = ""] = /^(\d{1,13})(?:([kKMG])(?:iB)?)?$/.exec(text) ??
    [];
  const value = Number(number) * bytesOf[unit.toLowerCase()]!;
  if (value <= largest) return value;
  throw new RangeError(
    "a number of bytes up to 1024GiB is wanted, as in 65536, 512KiB or 10MiB",
  );
}

/** Reads `HOST[:PORT]`: a name, an IPv4 address, or an IPv6 address, with brackets if a port follows. */
export function gatewayAddress(
  defaultPort: number,
  leastPort = 1,
): Parser<GatewayAddress> {
  const wanted = "HOST or HOST:PORT is wanted, as in gw.example, " +
    "172.16.202.201:3335 or [2001:db8::1]:3335";
  return (text) => {
    const pasted = hostOfUrl(text);
    if (pasted !== undefined) {
      throw new RangeError(`it is a URL, use its host alone: ${pasted}`);
    }
    const isBareIpv6 = text.split(":").length > 2 && !text.startsWith("[");
    const [, bracketed, plain, port] = isBareIpv6
      ? [, text]
      : /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/.exec(text) ?? [];
    const host = bracketed === undefined
      ? hostName(plain ?? "")
      : ipv6(bracketed);
    if (host === undefined) throw new RangeError(wanted);
    return { host, port: portNumber(port, defaultPort, leastPort) };
  };
}

/** The host of a URL, as it was pasted from a browser; of `srun://` with its port. `undefined` if it is none, or its host could be no gateway. */
function hostOfUrl(text: string): string | undefined {
  if (!text.includes("://")) return undefined;
  const [, scheme = "", authority = ""] =
    /^([a-z][a-z\d+.-]*):\/\/(?:[^/?#@]*@)?([^/?#]*)/i.exec(text) ?? [];
  const host = scheme.toLowerCase() === "srun"
    ? authority
    : authority.replace(/:\d*$/, "");
  const [, bracketed, plain = "", port] =
    /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(host) ?? [];
  const isHost = bracketed === undefined ? hostName(plain) : ipv6(bracketed);
  return isHost === undefined || Number(port ?? 1) > 65535 ? undefined : host;
}

/** Reads an IPv4 or IPv6 address into its canonical form, or the name of an interface as Linux allows it. */
export function addressOrInterface(text: string): string {
  const host = familyOf(text) === "4"
    ? text
    : ipv6(text.replace(/^\[(.*)\]$/, "$1"));
  if (host !== undefined) return host;
  const [, linked] = /^([\w.+-]{1,15})@[\w.+-]+$/.exec(text) ?? [];
  if (linked !== undefined) {
    throw new RangeError(
      `the interface's name is wanted, ${linked}: \`ip\` shows behind the @ what it is linked to`,
    );
  }
  // What looks like an address was meant to be one.
  const isName = /^[\w.+-]{1,15}$/.test(text) && !/^[\d.]+$/.test(text);
  if (isName) return text;
  throw new RangeError(
    "a local IPv4 or IPv6 address or the name of an interface is wanted",
  );
}

/** Reads IPv4 and IPv6 addresses, separated by commas, into their canonical form. */
export function addresses(text: string): readonly string[] {
  return text.split(",").map((word) => {
    const part = word.trim();
    const host = familyOf(part) === "4"
      ? part
      : ipv6(part.replace(/^\[(.*)\]$/, "$1"));
    if (host !== undefined) return host;
    throw new RangeError(
      "IPv4 or IPv6 addresses are wanted, commas between them, as in 192.0.2.1,2001:db8::1",
    );
  });
}

/** Writes a host and a port, with brackets around an IPv6 address. */
export function formatAddress({ host, port }: GatewayAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function portNumber(
  text: string | undefined,
  defaultPort: number,
  least: number,
): number {
  if (text === undefined) return defaultPort;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port >= least && port <= 65535) return port;
  throw new RangeError(`a port from ${least} to 65535 is wanted`);
}

/** A host name as RFC 1123 has it, underscores allowed, or an IPv4 address. */
function hostName(text: string): string | undefined {
  if (familyOf(text) === "4") return text;
  const label = /^(?!-)[\w-]{1,63}(?<!-)$/;
  const labels = text.replace(/\.$/, "").split(".");
  const isName = labels.every((part) => label.test(part)) &&
    !/^\d*$/.test(labels.at(-1)!) && text.length <= 253;
  return isName ? text.toLowerCase() : undefined;
}

function ipv6(text: string): string | undefined {
  if (!/^[\da-f:.]+$/i.test(text)) return undefined;
  try {
    return withIpv4(new URL(`http://[${text}]/`).hostname.slice(1, -1));
  } catch {
    return undefined;
  }
}

/** Writes an IPv4-mapped address as the system does (RFC 5952, section 5), or replies would seem to come from elsewhere. */
function withIpv4(host: string): string {
  return host.replace(
    /^::ffff:([\da-f]+):([\da-f]+)$/,
    (_, high: string, low: string) => {
      const bytes = [high, low].map((word) => parseInt(word, 16))
        .flatMap((word) => [word >> 8, word & 255]);
      return `::ffff:${bytes.join(".")}`;
    },
  );
}
