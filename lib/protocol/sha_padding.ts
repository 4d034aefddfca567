/**
 * How SHA-1 and SHA-256 cut a message into blocks (FIPS 180-4, section 5).
 *
 * @module
 */

/** The bytes that are hashed at a time. */
export const blockLength = 64;

/** The last one or two blocks of the message that is being hashed. */
const last = new Uint8Array(2 * blockLength);

/**
 * Hands each block of a message to `mix`, as the place where it begins in some
 * bytes. Behind the message are a one bit, zeros, and the length in bits of it and
 * of the bytes `before` it, whose blocks are hashed already.
 */
export function eachBlock(
  message: Uint8Array,
  mix: (bytes: Uint8Array, at: number) => void,
  before = 0,
): void {
  let at = 0;
  for (; at + blockLength <= message.length; at += blockLength) {
    mix(message, at);
  }
  last.fill(0);
  let length = 0;
  for (; at < message.length; at++) last[length++] = message[at]!;
  last[length] = 0x80;
  const end = length + 9 > blockLength ? 2 * blockLength : blockLength;
  let rest = (before + message.length) * 8;
  for (let place = end - 1; rest > 0; place--) {
    last[place] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  for (let at = 0; at < end; at += blockLength) mix(last, at);
}

/** The big-endian word of 32 bits at a place. */
export function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 |
    bytes[at + 3]!;
}

/** Writes words of 32 bits as bytes, big-endian. */
export function writeWords(words: ArrayLike<number>, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = words[at >> 2]! >>> 24 - 8 * (at & 3);
  }
}
