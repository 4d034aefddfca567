/**
 * Parsers for the values of settings. Each throws a `RangeError` whose message
 * says what is expected, with an example.
 *
 * @module
 */
import { familyOf, isPath } from "./address.ts";
import { didYouMean } from "./nearest.ts";

/** Reads a value from text; throws a `RangeError` that says what is expected. */
export interface Parser<T> {
  (text: string): T;
  /** A text that it can read, for messages; absent if `words` has all of them. */
  readonly example?: string;
  /** All texts that it can read; absent if there are too many. */
  readonly words?: readonly string[];
}

/** Thrown for a URL where a host is expected. */
export class UrlError extends RangeError {
  /** Takes the scheme, in lower case, and the host, with its port if that may be kept. */
  constructor(readonly scheme: string, readonly host: string) {
    super(`it is a URL: use ${host}`);
    this.name = "UrlError";
  }
}

/** Makes a parser from a function that returns `undefined` for what it can't read. The first example is the usual one. */
export function parser<T>(
  what: string,
  examples: readonly [string, ...string[]],
  read: (text: string) => T | undefined,
): Parser<T> {
  const parse = (text: string) => {
    const value = read(text);
    if (value !== undefined) return value;
    throw new RangeError(`expected ${what}, e.g. ${alternatives(examples)}`);
  };
  return Object.assign(parse, { example: examples[0] });
}

/** The address of a gateway. */
export interface GatewayAddress {
  /** A name, an IPv4 or IPv6 address in canonical form, or the path of a unix socket. */
  readonly host: string;
  /** 1 to 65535, or 0 if any free port will do, or none is needed. */
  readonly port: number;
}

const unitOf: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The longest duration, in ms. */
const longest = 366 * unitOf["d"]!;

/** Reads a duration such as `500ms`, `60s` or `1h30m` into ms, from `least` to 366 days. */
export function duration(least: number): Parser<number> {
  const examples = ["60s", "500ms", "1h30m"] as const;
  return parser("a duration with a unit", examples, (text) => {
    if (!/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(text)) return undefined;
    const parts = text.matchAll(/([\d.]+)([a-z]+)/g);
    const sum = parts.reduce(
      (sum, [, number, unit]) => sum + Number(number) * unitOf[unit!]!,
      0,
    );
    // Multiplied by its unit, a decimal fraction may be a hair off.
    const rounded = Math.round(sum * 1_000) / 1_000;
    if (rounded >= least && rounded <= longest) return rounded;
    throw new RangeError(
      `expected a duration from ${formatDuration(least)} to 366d, e.g. ${
        examples[0]
      }`,
    );
  });
}

/** Writes a duration in ms as {@linkcode duration} reads it, in the largest unit that leaves no fraction. */
export function formatDuration(ms: number): string {
  const [unit, size] = Object.entries(unitOf).toReversed()
    .find(([, size]) => ms >= size && ms % size === 0) ?? ["ms", 1];
  return ms === 0 ? "0s" : `${ms / size}${unit}`;
}

/** Reads a whole number from `least` to `most`. */
export function integer(least: number, most: number): Parser<number> {
  const what = `a whole number from ${least} to ${most}`;
  return parser(what, [`${Math.min(least + 2, most)}`], (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    return value >= least && value <= most ? value : undefined;
  });
}

/** Reads a probability, 0 to 1. */
export const probability: Parser<number> = parser(
  "a number from 0 to 1",
  ["0.3"],
  (text) => {
    const value = /^(\d+(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : NaN;
    return value >= 0 && value <= 1 ? value : undefined;
  },
);

const trueOrFalse = ["true", "false"] as const;

/** Reads `true` or `false`. */
export const boolean: Parser<boolean> = Object.assign(
  (text: string) => oneOf(trueOrFalse)(text) === "true",
  { words: trueOrFalse },
);

/** Reads one of some words. */
export function oneOf<W extends string>(words: readonly W[]): Parser<W> {
  const parse = (text: string) => {
    const word = words.find((word) => word === text);
    if (word !== undefined) return word;
    throw new RangeError(
      `expected ${alternatives(words)}${didYouMean(text, words)}`,
    );
  };
  return Object.assign(parse, { words });
}

/** Reads a list of words, commas between them; `none` is an empty list. */
export const words: Parser<readonly string[]> = parser(
  "words with commas between them, or none",
  ["refused,close"],
  (text) => {
    if (text === "none") return [];
    const list = text.split(",").map((word) => word.trim());
    return list.every((word) => /^\w+$/.test(word)) ? list : undefined;
  },
);

/** Lists words to choose from: `debug, info, warn or error`. */
export function alternatives(words: readonly string[]): string {
  return words.join(", ").replace(/, ([^,]*)$/, " or $1");
}

/** Reads the name of a file. */
export const fileName: Parser<string> = parser(
  "a file name",
  ["./file"],
  (text) => text === "" ? undefined : text,
);

/** Reads a shell command. */
export const command: Parser<string> = parser(
  "a shell command",
  ["logger lifesign"],
  (text) => text.trim() === "" ? undefined : text,
);

/** Reads the name of a file to write, which can't be stdout. */
export const outputFile: Parser<string> = parser(
  "a file name",
  ["./file"],
  (text) => text === "" || text === "-" ? undefined : text,
);

const bytesOf: Record<string, number> = {
  "": 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
};

/** The largest size, in bytes. */
const largest = 1024 * bytesOf["g"]!;

/**
 * Reads a size in bytes up to 1024 GiB, such as `65536`, `512KiB` or `1GiB`.
 * `10M` is 10 MiB, as for logrotate and systemd; `10MB` is ambiguous and refused.
 */
export const size: Parser<number> = parser(
  "a number of bytes up to 1024GiB",
  ["10MiB", "512KiB", "65536"],
  (text) => {
    const [, number, unit = ""] =
      /^(\d{1,13})(?:([kKMG])(?:iB)?)?$/.exec(text) ?? [];
    const value = Number(number) * bytesOf[unit.toLowerCase()]!;
    return value <= largest ? value : undefined;
  },
);

/** Reads `HOST[:PORT]`: a name, an IPv4 address, or an IPv6 address, with brackets if a port follows. */
export function gatewayAddress(
  defaultPort: number,
  leastPort = 1,
): Parser<GatewayAddress> {
  const examples = [
    "172.16.202.201",
    "gw.example:3335",
    "[2001:db8::1]:3335",
  ] as const;
  return parser("HOST or HOST:PORT", examples, (text) => {
    refuseUrl(text);
    const isBareIpv6 = text.split(":").length > 2 && !text.startsWith("[");
    const [, bracketed, plain, port] = isBareIpv6
      ? [, text]
      : /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/.exec(text) ?? [];
    const host = bracketed === undefined
      ? hostName(plain ?? "")
      : ipv6(bracketed);
    if (host === undefined) return undefined;
    return { host, port: portNumber(port, defaultPort, leastPort) };
  });
}

/** Reads where to listen, `HOST:PORT` or only a port on this machine alone; port 0 is any that is free. */
export const listenAddress: Parser<GatewayAddress> = parser(
  "a port, or HOST:PORT with an address of this machine",
  ["9105", "127.0.0.1:9105", "[::1]:9105"],
  (text) => {
    const [, bracketed, plain, port = ""] =
      /^(?:(?:\[([^\]]*)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(text) ?? [];
    const host = bracketed !== undefined
      ? ipv6(bracketed)
      : plain
      ? addressOf(plain) ?? (plain === "localhost" ? "127.0.0.1" : undefined)
      : "127.0.0.1";
    if (port === "" || host === undefined) return undefined;
    return { host, port: portNumber(port, 9105, 0) };
  },
);

/** Throws a `UrlError` for a URL, as pasted from a browser, if its host could be a gateway. Only `srun://` keeps the port. */
function refuseUrl(text: string): void {
  const [url, scheme = "", authority = ""] =
    /^([a-z][a-z\d+.-]*):\/\/(?:[^/?#@]*@)?([^/?#]*)/i.exec(text) ?? [];
  if (url === undefined) return;
  const host = scheme.toLowerCase() === "srun"
    ? authority
    : authority.replace(/:\d*$/, "");
  const [, bracketed, plain = "", port] =
    /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(host) ?? [];
  const found = bracketed === undefined ? hostName(plain) : ipv6(bracketed);
  if (found === undefined || Number(port ?? 1) > 65535) return;
  throw new UrlError(scheme.toLowerCase(), host);
}

/** Reads a host without a port: a name, or an address with or without brackets. */
export const host: Parser<string> = parser(
  "the name or the address of a host",
  ["server.example"],
  (text) => hostName(text) ?? ipv6(text.replace(/^\[(.*)\]$/, "$1")),
);

/** Reads an IPv4 or IPv6 address into its canonical form, or the name of an interface as Linux allows it. */
export const addressOrInterface: Parser<string> = parser(
  "a local IPv4 or IPv6 address or the name of an interface",
  ["eth0", "192.168.1.2"],
  (text) => {
    const host = addressOf(text);
    if (host !== undefined) return host;
    const [, linked] = /^([\w.+-]{1,15})@[\w.+-]+$/.exec(text) ?? [];
    if (linked !== undefined) {
      throw new RangeError(
        `expected the interface's name alone, and that name is ${linked}: \`ip\` shows behind the @ what it is linked to`,
      );
    }
    // Digits and dots were meant to be an address.
    const isName = /^[\w.+-]{1,15}$/.test(text) && !/^[\d.]+$/.test(text);
    return isName ? text : undefined;
  },
);

/** Reads IPv4 and IPv6 addresses, separated by commas, into their canonical form. */
export const addresses: Parser<readonly string[]> = parser(
  "IPv4 or IPv6 addresses, separated by commas",
  ["192.0.2.1,2001:db8::1"],
  (text) => {
    const found = text.split(",").map((word) => addressOf(word.trim()));
    return found.every((host) => host !== undefined) ? found : undefined;
  },
);

/** Writes a host and a port, with brackets around an IPv6 address; only the path of a unix socket. */
export function formatAddress({ host, port }: GatewayAddress): string {
  if (isPath(host)) return host;
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
  throw new RangeError(
    `expected a port from ${least} to 65535, e.g. ${defaultPort}`,
  );
}

/** Reads a host name (RFC 1123, with underscores) or an IPv4 address. */
function hostName(text: string): string | undefined {
  if (familyOf(text) === "4") return text;
  const label = /^(?!-)[\w-]{1,63}(?<!-)$/;
  const labels = text.replace(/\.$/, "").split(".");
  const isName = labels.every((part) => label.test(part)) &&
    !/^\d*$/.test(labels.at(-1)!) && text.length <= 253;
  return isName ? text.toLowerCase() : undefined;
}

/** An IPv4 address, or an IPv6 address with or without brackets. */
function addressOf(text: string): string | undefined {
  return familyOf(text) === "4" ? text : ipv6(text.replace(/^\[(.*)\]$/, "$1"));
}

function ipv6(text: string): string | undefined {
  if (!/^[\da-f:.]+$/i.test(text)) return undefined;
  try {
    return withIpv4(new URL(`http://[${text}]/`).hostname.slice(1, -1));
  } catch {
    return undefined;
  }
}

/** Writes an IPv4-mapped address as the system does (RFC 5952, section 5), so that replies match it. */
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
