/**
 * How SHA-1 and SHA-256 cut a message into blocks (FIPS 180-4, section 5).
 *
 * @module
 */

/** The bytes that are hashed at a time. */
export const blockLength = 64;

/** The message, a one bit, zeros, and the length in bits of the message and of the bytes `before` it, whose blocks are hashed already: whole blocks. */
export function pad(message: Uint8Array, before = 0): DataView {
  const blocks = Math.ceil((message.length + 9) / blockLength);
  const padded = new Uint8Array(blocks * blockLength);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  const bits = (before + message.length) * 8;
  view.setUint32(padded.length - 8, Math.floor(bits / 2 ** 32));
  view.setUint32(padded.length - 4, bits % 2 ** 32);
  return view;
}
