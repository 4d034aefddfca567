/**
 * Heads of HTTP requests (RFC 9112, sections 2 to 5), and short responses.
 *
 * @module
 */
import { latin1, latin1Bytes } from "../protocol/octets.ts";

/** The longest head that is read, in bytes. */
export const longestHead: number = 16 * 1024;

/** The head of a request. */
export interface RequestHead {
  /** The method, such as `GET`. */
  readonly method: string;
  /** The path, from the slash on, without the query. */
  readonly path: string;
  /** The query, without the question mark; empty for none. */
  readonly query: string;
  /** The fields by their names in small letters; those of one name are joined by `, `. */
  readonly fields: ReadonlyMap<string, string>;
}

/** What the first bytes of a connection hold. */
export type HeadReading =
  /** A head, and how long it is, in bytes. */
  | { readonly head: RequestHead; readonly length: number }
  /** No valid head: the status to answer with. */
  | { readonly status: 400 | 431 }
  /** More bytes are needed. */
  | null;

/** Reads a head from all that has come so far. */
export function readHead(bytes: Uint8Array): HeadReading {
  const text = latin1(bytes.subarray(0, longestHead));
  // What is no method would never become a head (TLS, SSH, binary protocols).
  if (!/^[A-Z]{0,20}(?: |$)/.test(text)) return { status: 400 };
  const end = /\r?\n\r?\n/.exec(text);
  if (end === null) {
    return bytes.length > longestHead ? { status: 431 } : null;
  }
  const head = parseHead(text.slice(0, end.index));
  if (head === null) return { status: 400 };
  return { head, length: end.index + end[0].length };
}

function parseHead(text: string): RequestHead | null {
  const [first = "", ...lines] = text.split(/\r?\n/);
  const [, method, path, query = ""] =
    /^([A-Z]+) (\/[^\s?#]*)(?:\?([^\s#]*))? HTTP\/1\.\d$/.exec(first) ?? [];
  if (method === undefined || path === undefined) return null;
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name, value = ""] = /^([^\s:]+):[ \t]*(.*?)[ \t]*$/.exec(line) ??
      [];
    if (name === undefined) return null;
    const key = name.toLowerCase();
    const before = fields.get(key);
    fields.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return { method, path, query, fields };
}

/** The words of the statuses that peers answer with. */
export const reasons = {
  101: "Switching Protocols",
  200: "OK",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  426: "Upgrade Required",
  431: "Request Header Fields Too Large",
  503: "Service Unavailable",
} as const;

/** A status that peers answer with. */
export type Status = keyof typeof reasons;

/** Makes the head of a response. */
export function responseHead(
  status: Status,
  fields: readonly string[],
): Uint8Array {
  const lines = [`HTTP/1.1 ${status} ${reasons[status]}`, ...fields];
  return latin1Bytes(`${lines.join("\r\n")}\r\n\r\n`);
}

/** Makes a response with a body, after which the connection ends. */
export function response(
  status: Status,
  { type = "text/plain", body = "", fields = [] }: {
    /** The media type. */
    readonly type?: string;
    /** ASCII. */
    readonly body?: string;
    /** More fields. */
    readonly fields?: readonly string[];
  } = {},
): Uint8Array {
  return latin1Bytes(
    latin1(responseHead(status, [
      `Content-Type: ${type}; charset=utf-8`,
      `Content-Length: ${body.length}`,
      "Cache-Control: no-store",
      "Connection: close",
      ...fields,
    ])) + body,
  );
}
