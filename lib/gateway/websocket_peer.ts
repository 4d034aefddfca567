/**
 * A simulated WebSocket server (RFC 6455): it shakes hands and answers pings,
 * and says nothing else. Pure.
 *
 * @module
 */
import { join, latin1Bytes } from "../protocol/octets.ts";
import { base64, sha1 } from "../protocol/sha1.ts";
import {
  type Answer,
  last,
  type Peer,
  type Question,
  refusal,
  type Understood,
} from "./peer.ts";
import { readHead, type RequestHead, responseHead } from "./request_head.ts";

/** How far a connection has come. */
export type WebSocketState =
  /** A request of which this has come. */
  | { readonly phase: "request"; readonly rest: Uint8Array }
  /** Frames: the beginning of one, and how many bytes of data are still to be skipped. */
  | {
    readonly phase: "frames";
    readonly rest: Uint8Array;
    readonly skip: number;
  }
  /** Nothing is heard any more. */
  | { readonly phase: "over" };

const opcodes = { close: 8, ping: 9, pong: 10 } as const;

/** The codes of a close frame (section 7.4.1). */
const closings = { protocolError: 1002, policy: 1008 } as const;

/** The longest payload of a control frame, in bytes. */
const longestControl = 125;

const over: WebSocketState = { phase: "over" };

/** Makes a server that is asked at a path; empty for any. */
export function websocketPeer(path: string): Peer<WebSocketState> {
  return {
    start: { phase: "request", rest: new Uint8Array() },
    receive: (state, bytes) => receive(state, bytes, path),
    expel: ({ phase }) => phase === "frames" ? loggedOut().bytes : null,
  };
}

function receive(
  state: WebSocketState,
  bytes: Uint8Array,
  path: string,
): Understood<WebSocketState> {
  if (state.phase === "over") return { state, questions: [] };
  const all = join(state.rest, bytes);
  if (state.phase === "frames") return readFrames(all, state.skip);
  const reading = readHead(all);
  if (reading === null) {
    return { state: { phase: "request", rest: all }, questions: [] };
  }
  const question = "head" in reading
    ? shakeHands(reading.head, path)
    : refusal(reading.status);
  if (question.kind !== "entry" || !("head" in reading)) {
    return { state: over, questions: [question] };
  }
  const frames = readFrames(all.subarray(reading.length), 0);
  return { ...frames, questions: [question, ...frames.questions] };
}

/** Judges a handshake (section 4.2.1). */
function shakeHands(head: RequestHead, asked: string): Question {
  const { method, path, fields } = head;
  const wordsOf = (name: string) =>
    (fields.get(name) ?? "").toLowerCase().split(",").map((it) => it.trim());
  if (asked !== "" && path !== asked) return refusal(404);
  if (method !== "GET") return refusal(405, ["Allow: GET"]);
  const isUpgrade = wordsOf("upgrade").includes("websocket") &&
    wordsOf("connection").includes("upgrade") &&
    fields.get("sec-websocket-version") === "13";
  if (!isUpgrade) {
    return refusal(426, ["Upgrade: websocket", "Sec-WebSocket-Version: 13"]);
  }
  const key = fields.get("sec-websocket-key") ?? "";
  // 16 bytes in base64.
  if (!/^[A-Za-z\d+/]{21}[AQgw]==$/.test(key)) return refusal(400);
  const suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  const bytes = responseHead(101, [
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${base64(sha1(latin1Bytes(key + suffix)))}`,
  ]);
  return { kind: "entry", answer: { bytes, isLast: false } };
}

/** Reads a client's frames (section 5). Data is skipped. */
function readFrames(
  bytes: Uint8Array,
  skip: number,
): Understood<WebSocketState> {
  const questions: Question[] = [];
  let rest = bytes;
  while (true) {
    const skipped = Math.min(skip, rest.length);
    skip -= skipped;
    rest = rest.subarray(skipped);
    const frame = readFrame(rest);
    if (frame === null) break;
    if (frame === "wrong") {
      const answer = last(closeFrame(closings.protocolError, ""));
      questions.push({ kind: "invalid", answer });
      return { state: over, questions };
    }
    rest = rest.subarray(frame.length);
    skip = frame.skip;
    if (frame.opcode === opcodes.close) {
      const answer = last(control(opcodes.close, frame.payload.slice(0, 2)));
      questions.push({ kind: "goodbye", answer });
      return { state: over, questions };
    }
    if (frame.opcode === opcodes.ping) {
      const bytes = control(opcodes.pong, frame.payload);
      const alive = { bytes, isLast: false };
      questions.push({ kind: "life", alive, dead: loggedOut() });
    }
  }
  // A copy, or 16 KiB would be kept for the sake of a few bytes.
  return { state: { phase: "frames", rest: rest.slice(), skip }, questions };
}

/** A frame: of control frames the payload, of data what is to be skipped behind the head. */
interface Frame {
  readonly opcode: number;
  readonly payload: Uint8Array;
  readonly length: number;
  readonly skip: number;
}

/** Reads the frame that bytes begin with; `null` if more bytes are needed. */
function readFrame(bytes: Uint8Array): Frame | "wrong" | null {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return null;
  const opcode = first & 15;
  const isFinal = (first & 0x80) !== 0;
  const isMasked = (second & 0x80) !== 0;
  const short = second & 127;
  const isControl = opcode >= opcodes.close;
  const isKnown = isControl ? opcode <= opcodes.pong : opcode <= 2;
  const isWhole = !isControl || isFinal && short <= longestControl;
  if ((first & 0x70) !== 0 || !isMasked || !isKnown || !isWhole) {
    return "wrong";
  }
  const extended = short === 127 ? 8 : short === 126 ? 2 : 0;
  const head = 2 + extended + 4;
  if (bytes.length < head) return null;
  if (isControl) {
    const length = head + short;
    if (bytes.length < length) return null;
    const mask = bytes.subarray(2, head);
    const payload = bytes.subarray(head, length)
      .map((byte, at) => byte ^ mask[at % 4]!);
    return { opcode, payload, length, skip: 0 };
  }
  if (extended === 8 && bytes[2]! > 127) return "wrong";
  const skip = extended === 0
    ? short
    : bytes.subarray(2, 2 + extended).reduce((sum, it) => sum * 256 + it, 0);
  return { opcode, payload: new Uint8Array(), length: head, skip };
}

/** A server's control frame, which has no mask. */
function control(opcode: number, payload: Uint8Array): Uint8Array {
  return join(Uint8Array.of(0x80 | opcode, payload.length), payload);
}

function closeFrame(code: number, reason: string): Uint8Array {
  const payload = join(
    Uint8Array.of(code >> 8, code & 255),
    latin1Bytes(reason),
  );
  return control(opcodes.close, payload);
}

function loggedOut(): Answer {
  return last(closeFrame(closings.policy, "logged out"));
}
