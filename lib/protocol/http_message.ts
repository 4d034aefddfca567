/**
 * The messages of HTTP/1.1 (RFC 9112, whose sections are meant here): requests
 * as bytes, and bytes as responses.
 *
 * @module
 */
import { formatAddress } from "../parsers.ts";
import { join, latin1 } from "./octets.ts";

/** What to ask for. */
export interface HttpRequest {
  /** The path and the query; what no URL may contain is escaped. */
  readonly target: string;
  /** The media types to ask for. */
  readonly accept: string;
  /** A form to post; nothing is posted if it is absent. */
  readonly form?: string;
}

/** The head of a response. */
export interface HttpHead {
  /** The status code, 101 or 200 to 599. */
  readonly status: number;
  /** The fields by their names in small letters; those of one name are joined by `, `. */
  readonly fields: ReadonlyMap<string, string>;
}

/** Where a body ends: after so many bytes, as its chunks say, or where the stream does; `null` if nobody can tell. */
export type Framing = number | "chunked" | "end" | null;

/** Those chunks of a body that are whole. */
export interface Chunks {
  /** What they hold. */
  readonly content: Uint8Array;
  /** Where the next one begins. */
  readonly end: number;
}

/** As much of a body as could be read. */
export interface Body {
  /** What it holds. */
  readonly content: Uint8Array;
  /** Whether that is all, or more may come, or what comes next makes no sense. */
  readonly state: "whole" | "partial" | "broken";
  /** Those of its chunks that are whole; none if it has none. */
  readonly chunks: Chunks;
}

/** A body that begins. */
export const noChunks: Chunks = { content: new Uint8Array(), end: 0 };

/** The longest line ahead of a chunk, in bytes, its extensions included. */
const longestLine = 256;

/** Makes a request to a host, which is named without its port if that is the usual one. */
export function formatRequest(
  { target, accept, form }: HttpRequest,
  { host, port, usualPort }: {
    readonly host: string;
    readonly port: number;
    readonly usualPort: number;
  },
): Uint8Array {
  const authority = formatAddress({ host, port });
  const lines = [
    `${form === undefined ? "GET" : "POST"} ${escaped(target)} HTTP/1.1`,
    `Host: ${port === usualPort ? authority.replace(/:\d+$/, "") : authority}`,
    "User-Agent: lifesign",
    `Accept: ${accept}`,
    "Cache-Control: no-cache",
    "Connection: close",
    ...form === undefined ? [] : [
      "Content-Type: application/x-www-form-urlencoded",
      `Content-Length: ${form.length}`,
    ],
  ];
  return new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n${form ?? ""}`);
}

/** What a URL may contain; a fragment is not the server's business. */
function escaped(target: string): string {
  const bytes = new TextEncoder().encode(target.replace(/#.*/s, ""));
  return latin1(bytes).replace(
    /[^!-~]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** Whether bytes may begin a response. */
export function mayBeHttp(bytes: Uint8Array): boolean {
  const begin = "HTTP/1.";
  return begin.startsWith(latin1(bytes.subarray(0, begin.length)));
}

/** Where the empty line behind a head ends; `null` if it has not come. A line may end without a CR (section 2.2). */
export function headEnd(bytes: Uint8Array, start: number): number | null {
  const [lineFeed, carriageReturn] = [10, 13];
  let at = bytes.indexOf(lineFeed, start);
  while (at >= 0) {
    const next = bytes[at + 1] === carriageReturn ? at + 2 : at + 1;
    if (bytes[next] === lineFeed) return next + 1;
    at = bytes.indexOf(lineFeed, at + 1);
  }
  return null;
}

/** Reads a head; `null` if it is none. Lines that are no fields are left out. */
export function parseHead(text: string): HttpHead | null {
  // A line that begins with white space goes on with the one before (section 5.2).
  const [first = "", ...lines] = text.replace(/\r?\n[ \t]+/g, " ")
    .split(/\r?\n/);
  const [, status] = /^HTTP\/1\.\d ([1-5]\d\d)(?: .*)?$/.exec(first) ?? [];
  if (status === undefined) return null;
  const fields = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) continue;
    const name = line.slice(0, colon).trimEnd().toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { status: Number(status), fields };
}

/** How long a body is (section 6.3). */
export function framingOf({ status, fields }: HttpHead): Framing {
  if (status === 204 || status === 304) return 0;
  const coding = fields.get("transfer-encoding");
  if (coding !== undefined) {
    return coding.toLowerCase() === "chunked" ? "chunked" : null;
  }
  const length = fields.get("content-length");
  if (length === undefined) return "end";
  const lengths = new Set(length.split(",").map((part) => part.trim()));
  const [only = ""] = lengths;
  return lengths.size === 1 && /^\d{1,15}$/.test(only) ? Number(only) : null;
}

/** Reads a body that has a length, or goes on until the stream ends. */
export function readPlain(
  framing: number | "end",
  bytes: Uint8Array,
  hasEnded: boolean,
): Body {
  const content = framing === "end" ? bytes : bytes.subarray(0, framing);
  const isWhole = framing === "end" ? hasEnded : content.length === framing;
  return { content, state: isWhole ? "whole" : "partial", chunks: noChunks };
}

/** Reads chunks (section 7.1) behind those that are known, without their extensions and without the fields behind the last one. */
export function readChunks(bytes: Uint8Array, known: Chunks): Body {
  let { end } = known;
  const whole: Uint8Array[] = [known.content];
  const body = (state: Body["state"], ...rest: Uint8Array[]): Body => {
    const chunks = { content: join(...whole), end };
    return { content: join(chunks.content, ...rest), state, chunks };
  };
  while (true) {
    const rest = bytes.subarray(end);
    const lineFeed = rest.subarray(0, longestLine).indexOf(10);
    const line = latin1(
      rest.subarray(0, lineFeed < 0 ? longestLine : lineFeed),
    );
    const isLine = line.length < longestLine &&
      /^(?:[\da-f]{1,8}[ \t]*(?:;.*)?)?\r?$/i.test(line);
    if (!isLine) return body("broken");
    if (lineFeed < 0) return body("partial");
    const size = parseInt(line, 16);
    if (Number.isNaN(size)) return body("broken");
    if (size === 0) return body("whole");
    const begin = lineFeed + 1;
    const data = rest.subarray(begin, begin + size);
    const behind = latin1(rest.subarray(begin + size, begin + size + 2));
    const [lineEnd] = /^(?:\r?\n|\r?$)/.exec(behind) ?? [];
    if (lineEnd === undefined) return body("broken", data);
    if (!lineEnd.endsWith("\n")) return body("partial", data);
    whole.push(data);
    end += begin + size + lineEnd.length;
  }
}
