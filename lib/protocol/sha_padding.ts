/**
 * How SHA-1 and SHA-256 cut a message into blocks (FIPS 180-4, section 5).
 *
 * @module
 */

/** The bytes that are hashed at a time. */
export const blockLength = 64;

/** The message, a one bit, zeros, and the message's length in bits: whole blocks. */
export function pad(message: Uint8Array): DataView {
  const blocks = Math.ceil((message.length + 9) / blockLength);
  const padded = new Uint8Array(blocks * blockLength);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(message.length) * 8n);
  return view;
}
