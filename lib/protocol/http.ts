/**
 * One request over HTTP/1.1 and its response, on a connection of their own.
 * Nothing is followed, cached or decompressed.
 *
 * @module
 */
import { garbled } from "./garbled.ts";
import {
  type Chunks,
  formatRequest,
  framingOf,
  headEnd,
  type HttpHead,
  type HttpRequest,
  mayBeHttp,
  noChunks,
  parseHead,
  readChunks,
  readPlain,
} from "./http_message.ts";
import { excerpt, join, latin1 } from "./octets.ts";
import type { Chance, Dialogue, Heard, Tls, Turn } from "./protocol.ts";

/** The longest head that is read, in bytes, interim responses included. */
const longestHead = 16 * 1024;

/** The longest body that is read, in bytes, with what chunks have around them. */
const longestBody = 64 * 1024;

/** What is asked at a server, and what its response means. */
export interface HttpExchange {
  /** The host, without brackets. */
  readonly host: string;
  /** The port. */
  readonly port: number;
  /** The port that the host is named without. */
  readonly usualPort: number;
  /** Whom the connection has to be secured by; `null` for none. */
  readonly tls: Tls | null;
  /** How many bytes of a body are enough to judge it; all of it, if absent. */
  readonly enough?: number;
  /** Makes the request. */
  request(chance: Chance): HttpRequest;
  /** What a head means, whatever its body is; `null` if that depends on the body. */
  judgeHead(head: HttpHead): Heard | null;
  /** What the body means: all of it, or only as much as is enough. */
  judgeBody(body: Uint8Array, head: HttpHead): Heard;
}

/** How far a response has come. */
type HttpState =
  /** The bytes so far have no head, or not all of it. */
  | { readonly type: "head"; readonly bytes: Uint8Array }
  /** The head is there, and so much of the body, with what its first chunks hold. */
  | {
    readonly type: "body";
    readonly head: HttpHead;
    readonly bytes: Uint8Array;
    readonly chunks: Chunks;
  }
  /** It was judged. */
  | { readonly type: "judged" };

/** What became of a response, and what it means; `null` if more of it is needed. */
interface Step {
  readonly state: HttpState;
  readonly heard: Heard | null;
}

const notHttp = "does not speak HTTP";

/** Asks once on a connection. */
export function httpDialogue(exchange: HttpExchange): Dialogue {
  const dialogue: Dialogue<HttpState> = {
    tls: exchange.tls,
    open: (chance) => ({
      state: { type: "head", bytes: new Uint8Array() },
      say: formatRequest(exchange.request(chance), exchange),
      asks: true,
      heard: [],
    }),
    receive(state, more) {
      if (state.type === "judged") return turn({ state, heard: null });
      const bytes = join(state.bytes, more);
      return turn(read(exchange, { ...state, bytes }, false));
    },
    ended: (state) =>
      read(exchange, state, true).heard ?? {
        type: "unable",
        note: hasBegun(state)
          ? "closed amid its answer"
          : "closed without an answer",
      },
    timedOut: (state) => ({
      type: "unable",
      note: hasBegun(state)
        ? "did not finish its answer in time"
        : "did not answer in time",
    }),
    ping: () => null,
    farewell: () => null,
  };
  return dialogue;
}

function hasBegun(state: HttpState): boolean {
  return state.type === "body" ||
    state.type === "head" && state.bytes.length > 0;
}

/** Whether a status says that something else is to be asked; 304 only says that nothing has changed. */
export function isRedirect(status: number): boolean {
  return status >= 300 && status < 400 && status !== 304;
}

/** The status of a response, as a note has it; with where a redirect leads to, but not with its path, which may hold an identity. */
export function statusNote({ status, fields }: HttpHead): string {
  const [origin] = /^https?:\/\/[^\s/?#@]+(?=[/?#]|$)/i
    .exec(fields.get("location") ?? "") ?? [];
  const isLeading = isRedirect(status) && origin !== undefined;
  return `answered ${status}${isLeading ? ` (to ${excerpt(origin)})` : ""}`;
}

function turn({ state, heard }: Step): Turn<HttpState> {
  return heard === null
    ? { state, say: null, asks: false, heard: [] }
    : { state: { type: "judged" }, say: null, asks: false, heard: [heard] };
}

/** Reads on. What a part of a response means stands whatever follows, so that it makes no difference how it is cut. */
function read(
  exchange: HttpExchange,
  state: HttpState,
  hasEnded: boolean,
): Step {
  if (state.type === "judged") return { state, heard: null };
  if (state.type === "body") return readBody(exchange, state, hasEnded);
  const { bytes } = state;
  let start = 0;
  while (true) {
    if (!mayBeHttp(bytes.subarray(start))) {
      return { state, heard: garbled(notHttp) };
    }
    const end = headEnd(bytes, start);
    if ((end ?? bytes.length + 1) > longestHead) {
      return { state, heard: garbled("sent a head of more than 16 KiB") };
    }
    if (end === null) return { state, heard: null };
    const head = parseHead(latin1(bytes.subarray(start, end)));
    if (head === null) return { state, heard: garbled(notHttp) };
    if (head.status >= 200 || head.status === 101) {
      const begun = { bytes: bytes.subarray(end), chunks: noChunks };
      return readBody(exchange, { type: "body", head, ...begun }, hasEnded);
    }
    start = end;
  }
}

function readBody(
  { judgeHead, judgeBody, enough = Infinity }: HttpExchange,
  state: HttpState & { readonly type: "body" },
  hasEnded: boolean,
): Step {
  const { head, bytes } = state;
  const framing = framingOf(head);
  if (framing === null) {
    return { state, heard: garbled("answered without a clear length") };
  }
  const heard = judgeHead(head);
  if (heard !== null) return { state, heard };
  const readable = bytes.subarray(0, longestBody);
  const body = framing === "chunked"
    ? readChunks(readable, state.chunks)
    : readPlain(framing, readable, hasEnded);
  const { content, chunks } = body;
  if (content.length >= enough || body.state === "whole") {
    return { state, heard: judgeBody(content.subarray(0, enough), head) };
  }
  if (body.state === "broken") {
    return { state, heard: garbled("answered in broken chunks") };
  }
  if (bytes.length > longestBody) {
    return { state, heard: garbled("answered with more than 64 KiB") };
  }
  return { state: { ...state, chunks }, heard: null };
}
