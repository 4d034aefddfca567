/**
 * For tests of portals: responses, and what is heard of them.
 *
 * @module
 */
import { latin1 } from "./octets.ts";
import type { Heard, Setup, StreamProtocol } from "./protocol.ts";
import {
  assertUncut,
  bytesOf,
  chance,
  dialogueOf,
  outcome,
} from "./test_dialogue.ts";

/** How a response is made. */
export interface ResponseOptions {
  /** The code and the reason of its status line; `200 OK` if absent. */
  readonly status?: string;
  /** The media type; that of a page if absent. */
  readonly type?: string;
  /** Further lines of its head. */
  readonly more?: readonly string[];
}

/** Makes a response. */
export function response(
  body: string | Uint8Array,
  { status = "200 OK", type = "text/html", more = [] }: ResponseOptions = {},
): Uint8Array {
  const content = typeof body === "string"
    ? new TextEncoder().encode(body)
    : body;
  const head = [
    `HTTP/1.1 ${status}`,
    `Content-Type: ${type}`,
    `Content-Length: ${content.length}`,
    "Connection: close",
    ...more,
  ];
  return bytesOf(`${head.join("\r\n")}\r\n\r\n`, content);
}

/** The request of a protocol, as text. */
export function requestOf(
  protocol: StreamProtocol,
  setup: Partial<Setup> = {},
): string {
  return latin1(dialogueOf(protocol, setup).open(chance).say!);
}

/** What is heard of bytes in pieces, and of the end of their stream. */
export function hear(
  protocol: StreamProtocol,
  pieces: readonly Uint8Array[],
  setup: Partial<Setup> = {},
): Heard {
  const { heard, ended } = outcome(dialogueOf(protocol, setup), pieces);
  return heard[0] ?? ended;
}

/** The same of bytes that are cut nowhere, anywhere and everywhere: it has to be one. */
export function hearCut(
  protocol: StreamProtocol,
  bytes: Uint8Array,
  setup: Partial<Setup> = {},
): Heard {
  assertUncut(dialogueOf(protocol, setup), bytes);
  return hear(protocol, [bytes], setup);
}
