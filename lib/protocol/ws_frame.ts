/**
 * The frames of a WebSocket (RFC 6455, section 5): what a server's bytes hold,
 * and a client's frame as bytes.
 *
 * @module
 */
import { join } from "./octets.ts";

/** Kinds of control frames. */
export const opcodes = { close: 8, ping: 9, pong: 10 } as const;

/** The longest payload that a control frame may have, in bytes. */
const longestControl = 125;

/** Where the reading of frames has come to. */
export interface Reading {
  /** The beginning of a frame that is not complete; short, since no data is kept. */
  readonly rest: Uint8Array;
  /** How many bytes of a data frame are still to be skipped. */
  readonly skip: number;
  /** Whether a message has begun whose last fragment has not come. */
  readonly isFragmented: boolean;
}

/** A control frame. */
export interface Control {
  /** Its kind: one of {@linkcode opcodes}. */
  readonly opcode: number;
  /** What it holds. */
  readonly payload: Uint8Array;
}

/** What was found in a server's bytes. */
export interface Found {
  /** Where the reading has come to. */
  readonly reading: Reading;
  /** The control frames, in this order; data is skipped. */
  readonly controls: readonly Control[];
  /** What the server did wrong after that, for a note; `null` for nothing. */
  readonly wrong: string | null;
}

/** How a frame begins. */
interface FrameHead {
  readonly isFinal: boolean;
  readonly opcode: number;
  /** Its own length, in bytes. */
  readonly size: number;
  /** The payload's length, in bytes. */
  readonly length: number;
}

/** Reading from the first frame on. */
export const firstReading: Reading = {
  rest: new Uint8Array(),
  skip: 0,
  isFragmented: false,
};

/** Reads more of a server's bytes. */
export function readFrames(reading: Reading, bytes: Uint8Array): Found {
  const controls: Control[] = [];
  let { skip, isFragmented } = reading;
  let rest = join(reading.rest, bytes);
  let wrong: string | null = null;
  while (true) {
    const skipped = Math.min(skip, rest.length);
    skip -= skipped;
    rest = rest.subarray(skipped);
    const head = readHead(rest, isFragmented);
    if (typeof head === "string") wrong = head;
    if (head === null || typeof head === "string") break;
    const { isFinal, opcode, size, length } = head;
    if (!isControl(opcode)) {
      rest = rest.subarray(size);
      skip = length;
      isFragmented = !isFinal;
    } else if (rest.length >= size + length) {
      controls.push({ opcode, payload: rest.slice(size, size + length) });
      rest = rest.subarray(size + length);
    } else {
      break;
    }
  }
  // A copy, or 16 KiB would be kept for the sake of a few bytes.
  return {
    reading: { rest: rest.slice(), skip, isFragmented },
    controls,
    wrong,
  };
}

/** Makes a client's control frame. The mask has 4 bytes, the payload 125 at most. */
export function formatControl(
  { opcode, payload }: Control,
  mask: Uint8Array,
): Uint8Array {
  const masked = payload.map((byte, index) => byte ^ mask[index % 4]!);
  return join(
    Uint8Array.of(0x80 | opcode, 0x80 | payload.length),
    mask,
    masked,
  );
}

function isControl(opcode: number): boolean {
  return opcode >= opcodes.close;
}

/** How a frame begins; `null` if more bytes are needed, or what is wrong with it. */
function readHead(
  bytes: Uint8Array,
  isFragmented: boolean,
): FrameHead | string | null {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return null;
  const isFinal = (first & 0x80) !== 0;
  const opcode = first & 15;
  const short = second & 127;
  if ((first & 0x70) !== 0) return "sent a frame with reserved bits";
  if ((second & 0x80) !== 0) return "sent a masked frame, as only clients do";
  if (isControl(opcode)) {
    if (opcode > opcodes.pong) return "sent a frame of a reserved kind";
    if (!isFinal) return "sent a control frame in fragments";
    if (short > longestControl) {
      return `sent a control frame of more than ${longestControl} bytes`;
    }
  } else {
    if (opcode > 2) return "sent a frame of a reserved kind";
    if ((opcode === 0) !== isFragmented) return "sent fragments out of order";
  }
  const size = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < size) return null;
  if (size === 10 && bytes[2]! > 127) return "sent a frame of no valid length";
  const length = size === 2
    ? short
    : bytes.subarray(2, size).reduce((sum, byte) => sum * 256 + byte, 0);
  return { isFinal, opcode, size, length };
}
