/**
 * In which encoding a text is.
 *
 * @module
 */

/** Bytes that are looked at; enough for a few lines. */
const sample = 256;

/** Whether bytes are UTF-16, as some editors and shells write it: with a byte order mark, or every other byte is zero. */
export function isUtf16(bytes: Uint8Array): boolean {
  const [first = 0, second = 0] = bytes;
  if (first === 0xff && second === 0xfe) return true;
  if (first === 0xfe && second === 0xff) return true;
  const some = bytes.subarray(0, sample);
  if (bytes.length < 4 || bytes.length % 2 !== 0) return false;
  const zeros = [0, 0];
  some.forEach((byte, at) => byte === 0 && zeros[at % 2]!++);
  const [even = 0, odd = 0] = zeros;
  const half = some.length / 2;
  return even === 0 && odd === half || odd === 0 && even === half;
}
