/**
 * What several protocols of streams have in common: rows of settings, the
 * files that they name, and whom a connection is secured by.
 *
 * @module
 */
import { fileName, host } from "../parsers.ts";
import type { Setting } from "../setting.ts";
import { join, latin1 } from "./octets.ts";
import type { FileContentSetting, Flaw, Setup, Tls } from "./protocol.ts";

/** What to say. Its value is the text as it was set, for {@linkcode octets}. */
export const send: Setting<unknown> = {
  value: "TEXT",
  parse: valid(octets),
  default: null,
  help: "what to say first; \\r \\n \\t \\\\ and \\xNN stand for bytes",
};

/** What has to come. Its value is the text as it was set, for {@linkcode expectation}; a portal's user is what {@linkcode octets} make of it. */
export const expect: Setting<unknown> = {
  value: "TEXT",
  parse: valid(expectation),
  default: null,
  help: "what has to come: text as in --send, or /REGEX/; portals: the user",
};

/** A file with the authorities to trust. */
export const caFile: Setting<unknown> = {
  value: "FILE",
  parse: fileName,
  default: null,
  help: "the authorities to trust instead of the usual ones, in PEM",
};

/** The name that the server's certificate has to have. */
export const tlsName: Setting<unknown> = {
  value: "NAME",
  parse: host,
  default: null,
  help: "the name in the server's certificate, unless it is the host",
};

/** A file with headers to send. */
export const headersFile: Setting<unknown> = {
  value: "FILE",
  parse: fileName,
  default: null,
  help: "a file with headers to send, such as credentials: NAME: VALUE a line",
};

/** What is read from {@linkcode caFile}: a text for each certificate. */
export const caFileContent: FileContentSetting = {
  isSecret: false,
  parse: certificates,
};

/** What is read from {@linkcode headersFile}: a text `Name: value` for each header, a character a byte. */
export const headersFileContent: FileContentSetting = {
  isSecret: true,
  parse: headers,
};

/** The flaw of a server that can't prove who it is. */
export const certificateFlaw: Flaw = {
  name: "certificate",
  text: "its certificate does not prove that it is the server that was meant",
  advice:
    "--ca-file names another authority to trust, --tls-name another name. A captive portal shows its own certificate: log in first",
};

/** Whom a connection has to be secured by. */
export function tlsOf({ host, values, files }: Setup): Tls {
  const name = values["tlsName"] as string | null | undefined;
  const authorities = files["caFile"] as readonly string[] | undefined;
  return {
    // A certificate has no dot at the end, nor may the handshake (RFC 6066, section 3).
    name: (name ?? host).replace(/\.$/, ""),
    authorities: authorities ?? [],
  };
}

/** The bytes that a text stands for: UTF-8, with the escapes `\r \n \t \\ \xNN`. Throws a `RangeError` for any other escape, and for no text at all. */
export function octets(text: string): Uint8Array {
  const pieces = text.matchAll(/\\(x[\da-fA-F]{2}|[rnt\\])|[^\\]+|\\/g);
  const parts = [...pieces].map(([piece, escape]) => {
    if (escape !== undefined) return Uint8Array.of(byteOf(escape));
    if (piece !== "\\") return new TextEncoder().encode(piece);
    throw new RangeError(
      "a backslash has to begin one of \\r \\n \\t \\\\ \\xNN",
    );
  });
  if (parts.length > 0) return join(...parts);
  throw new RangeError("a text is expected that is not empty");
}

/** Reads what has to come: a text like that of {@linkcode octets}, anywhere, or `/regex/`, with the flags `i`, `m` and `s`. The function tells whether it is in what has come, a character a byte. Throws a `RangeError` for a wrong one. */
export function expectation(text: string): (said: string) => boolean {
  const [, source, flags] = /^\/(.+)\/([ims]*)$/.exec(text) ?? [];
  if (source !== undefined) {
    const pattern = regExp(source, flags);
    return (said) => pattern.test(said);
  }
  const wanted = latin1(octets(text));
  return (said) => said.includes(wanted);
}

function byteOf(escape: string): number {
  const known: Record<string, number> = { r: 13, n: 10, t: 9, "\\": 92 };
  return known[escape] ?? parseInt(escape.slice(1), 16);
}

function regExp(source: string, flags: string | undefined): RegExp {
  if (/[^\0-\xff]/.test(source)) {
    throw new RangeError(
      "each byte is a character of its own to a regular expression: characters up to \\xff are expected",
    );
  }
  try {
    return new RegExp(source, flags);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RangeError(
      `a regular expression is expected between the slashes: ${error.message}`,
    );
  }
}

/** A parser that leaves a text as it is, once it is known to be right. */
function valid(read: (text: string) => unknown): (text: string) => string {
  return (text) => {
    read(text);
    return text;
  };
}

/** Reads PEM (RFC 7468); what stands around its certificates means nothing. */
function certificates(bytes: Uint8Array): readonly string[] {
  const text = latin1(bytes);
  const [begin, end] = ["BEGIN", "END"].map((it) =>
    `-----${it} CERTIFICATE-----`
  );
  const found = text.match(new RegExp(`${begin}[\\w+/=\\s]+${end}`, "g")) ?? [];
  if (found.length > 0 && found.length === text.split(begin!).length - 1) {
    return found;
  }
  throw new RangeError(
    "certificates in PEM are expected, each from BEGIN CERTIFICATE to END CERTIFICATE",
  );
}

/** Headers that the handshake, or the length of the request, depends on. */
const reserved =
  /^(host|upgrade|connection|sec-websocket-.*|content-length|transfer-encoding|expect|te|trailer)$/i;

/** Reads a header a line (RFC 9110, section 5). The messages show none of it, since it may be secret. */
function headers(bytes: Uint8Array): readonly string[] {
  const lines = latin1(bytes).split("\n")
    .map((line, index) => ({ line, at: `line ${index + 1}` }))
    .filter(({ line }) => line !== "");
  const read = lines.map(({ line, at }) => {
    // deno-lint-ignore no-control-regex
    if (/[\x00-\x08\x0a-\x1f\x7f]/.test(line)) {
      throw new RangeError(
        `${at} has a control character, such as the CR of a line that ends in CR LF`,
      );
    }
    const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):(.*)$/.exec(line) ?? [];
    if (name === undefined) {
      throw new RangeError(`${at} has to be NAME: VALUE`);
    }
    if (reserved.test(name)) {
      throw new RangeError(
        `${at} sets ${name}, which belongs to the handshake`,
      );
    }
    return `${name}: ${value!.replace(/^[ \t]+|[ \t]+$/g, "")}`;
  });
  if (read.length > 0) return read;
  throw new RangeError("at least one line NAME: VALUE is expected");
}
