/**
 * The encoding of a text.
 *
 * @module
 */

/** How many bytes are looked at; enough for a few lines. */
const sampleSize = 256;

/** Whether bytes are UTF-16: they have its byte order mark, or every other byte is zero. */
export function isUtf16(bytes: Uint8Array): boolean {
  const [first = 0, second = 0] = bytes;
  if (first === 0xff && second === 0xfe) return true;
  if (first === 0xfe && second === 0xff) return true;
  const some = bytes.subarray(0, sampleSize);
  if (bytes.length < 4 || bytes.length % 2 !== 0) return false;
  const zeros = [0, 0];
  some.forEach((byte, at) => byte === 0 && zeros[at % 2]!++);
  const [even = 0, odd = 0] = zeros;
  const half = some.length / 2;
  return even === 0 && odd === half || odd === 0 && even === half;
}
