/**
 * Settings that several protocols of streams have in common.
 *
 * @module
 */
import { fileName, host, type Parser, parser } from "../parsers.ts";
import type { Setting } from "../setting.ts";
import { join, latin1 } from "./octets.ts";

/** The texts of settings that streams have by default. */
export const streamDefaults: Readonly<Record<string, string>> = {
  timeout: "3s",
  tries: "2",
  deadAfter: "5s",
};

/** Those of WebSockets, whose connections are held: proxies end idle ones after a minute or less. */
export const webSocketDefaults: Readonly<Record<string, string>> = {
  ...streamDefaults,
  interval: "30s",
};
/** Reads the bytes that a text stands for: UTF-8, with the escapes `\r \n \t \\ \xNN`. */
export const octets: Parser<Uint8Array> = parser(
  "text, with a backslash only in \\r, \\n, \\t, \\\\ and \\xNN",
  ["PING\\r\\n"],
  (text) => {
    const pieces = text.matchAll(/\\(x[\da-fA-F]{2}|[rnt\\])|[^\\]+|\\/g);
    const parts = [...pieces].map(([piece, escape]) => {
      if (escape !== undefined) return Uint8Array.of(byteOf(escape));
      return piece === "\\" ? null : new TextEncoder().encode(piece);
    });
    const known = parts.filter((part) => part !== null);
    const isRight = known.length > 0 && known.length === parts.length;
    return isRight ? join(...known) : undefined;
  },
);

/** What has to come. */
export interface Expectation {
  /** Whether it is in what has come, a character a byte. */
  isIn(said: string): boolean;
  /** In how many bytes it has to come. */
  readonly longest: number;
}

/** Reads what has to come: a text like that of {@linkcode octets}, anywhere, or `/regex/`, with the flags `i`, `m` and `s`. An expression may take time that grows with the square of the length, so it has to match early. */
export const expectation: Parser<Expectation> = Object.assign(
  (text: string) => {
    const [, source, flags] = /^\/(.+)\/([ims]*)$/.exec(text) ?? [];
    if (source !== undefined) {
      const pattern = regExp(source, flags);
      return {
        isIn: (said: string) => pattern.test(said),
        longest: 4 * 1024,
      };
    }
    const wanted = latin1(octets(text));
    return {
      isIn: (said: string) => said.includes(wanted),
      longest: 64 * 1024,
    };
  },
  { example: "SSH-" },
);

function byteOf(escape: string): number {
  const known: Record<string, number> = { r: 13, n: 10, t: 9, "\\": 92 };
  return known[escape] ?? parseInt(escape.slice(1), 16);
}

function regExp(source: string, flags: string | undefined): RegExp {
  if (/[^\0-\xff]/.test(source)) {
    throw new RangeError(
      "expected a regular expression over bytes, e.g. /caf\\xc3\\xa9/",
    );
  }
  try {
    return new RegExp(source, flags);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RangeError(
      `expected a regular expression, e.g. /^SSH-2/: ${error.message}`,
    );
  }
}

/** A parser that leaves a text as it is, once it is known to be right. */
function asText(read: Parser<unknown>): Parser<string> {
  const parse = (text: string) => {
    read(text);
    return text;
  };
  return Object.assign(parse, { example: read.example! });
}

/** What to say. Its value is the text as it was set, for {@linkcode octets}. */
export const send: Setting<unknown> = {
  value: "TEXT",
  parse: asText(octets),
  default: null,
  help: "what to say first; \\r \\n \\t \\\\ and \\xNN stand for bytes",
};

/** What has to come. Its value is the text as it was set, for {@linkcode expectation}; a portal's user is what {@linkcode octets} make of it. */
export const expect: Setting<unknown> = {
  value: "TEXT",
  parse: asText(expectation),
  default: null,
  help: "what has to come: text as in --send, or /REGEX/; portals: the user",
};

/** A file with the authorities to trust. */
export const caFile: Setting<unknown> = {
  value: "FILE",
  parse: fileName,
  default: null,
  help: "authorities to trust besides the usual ones, in PEM",
};

/** The name that the server's certificate has to have. */
export const tlsName: Setting<unknown> = {
  value: "NAME",
  parse: host,
  default: null,
  help: "the name in the server's certificate, unless it is the host",
};

/** A file with a key. */
export const keyFile: Setting<unknown> = {
  value: "FILE",
  parse: fileName,
  default: null,
  help: "a file with a key that both sides have, in hexadecimal digits",
};

/** A file with headers to send. */
export const headersFile: Setting<unknown> = {
  value: "FILE",
  parse: fileName,
  default: null,
  help: "a file with headers to send, such as credentials: NAME: VALUE a line",
};

/** A file with the cookies of X servers. */
export const cookieFile: Setting<unknown> = {
  value: "FILE",
  parse: fileName,
  default: null,
  help: "an xauth file; $XAUTHORITY or ~/.Xauthority unless given",
};
