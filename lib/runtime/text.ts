/**
 * UTF-8.
 *
 * @module
 */
import { native } from "./native.ts";
import type { Globals } from "./offered.ts";

const byteOrderMark = 0xfeff;

class Encoder {
  /** The bytes of a text. */
  encode(text = ""): Uint8Array<ArrayBuffer> {
    return new Uint8Array(native.encode(`${text}`));
  }

  /** Writes as many whole characters as there is room for. Returns how many units of the text were read, and bytes written. */
  encodeInto(
    text: string,
    buffer: Uint8Array,
  ): { read: number; written: number } {
    const bytes = this.encode(text);
    if (bytes.length <= buffer.length) {
      buffer.set(bytes);
      return { read: text.length, written: bytes.length };
    }
    let written = buffer.length;
    // Not within a character.
    while ((bytes[written]! & 0xc0) === 0x80) written--;
    const head = bytes.subarray(0, written);
    buffer.set(head);
    return { read: native.decode(head, false, false)![0].length, written };
  }
}

class Decoder {
  private readonly isFatal: boolean;
  private rest = new Uint8Array();
  private hasBegun = false;

  /** Makes one for UTF-8, the only encoding here. A `fatal` one throws at bytes that are none. */
  constructor(_label = "utf-8", { fatal = false } = {}) {
    this.isFatal = fatal;
  }

  /** The text of bytes; in a `stream` a character may go on in the next ones. */
  decode(
    input: Uint8Array | ArrayBuffer = this.rest.subarray(0, 0),
    { stream = false } = {},
  ): string {
    const given = input instanceof Uint8Array ? input : new Uint8Array(input);
    const bytes = this.rest.length === 0 ? given : join([this.rest, given]);
    const decoded = native.decode(bytes, this.isFatal, stream);
    if (decoded === null) {
      throw new TypeError("The encoded data is not valid");
    }
    const [text, left] = decoded;
    this.rest = bytes.slice(bytes.length - left);
    const isFirst = !this.hasBegun;
    this.hasBegun = stream && (this.hasBegun || text !== "");
    return isFirst && text.charCodeAt(0) === byteOrderMark
      ? text.slice(1)
      : text;
  }
}

class DecoderStream {
  /** Nothing: it is only a mark. */
  readonly readable = null;
}

/** Writes UTF-8. */
export const TextEncoder: Globals["TextEncoder"] = Encoder;

/** Reads UTF-8. */
export const TextDecoder: Globals["TextDecoder"] = Decoder;

/** Reads a stream as UTF-8: a mark for `pipeThrough()`. */
export const TextDecoderStream: Globals["TextDecoderStream"] = DecoderStream;

/** Puts bytes behind each other. */
export function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, { length }) => sum + length, 0);
  const whole = new Uint8Array(length);
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}
