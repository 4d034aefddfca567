/**
 * SHA-1 (FIPS 180-4) and base64 (RFC 4648), as a WebSocket's handshake has
 * them. SHA-1 protects nothing: it only shows that a key was read.
 *
 * @module
 */

import { eachBlock, wordAt, writeWords } from "./sha_padding.ts";

/** What each quarter of the 80 rounds adds, and how it combines three words. */
const quarters: readonly (readonly [
  constant: number,
  combine: (b: number, c: number, d: number) => number,
])[] = [
  [0x5a827999, (b, c, d) => b & c | ~b & d],
  [0x6ed9eba1, (b, c, d) => b ^ c ^ d],
  [0x8f1bbcdc, (b, c, d) => b & c | b & d | c & d],
  [0xca62c1d6, (b, c, d) => b ^ c ^ d],
];

/** The SHA-1 digest of some bytes: 20 bytes. */
export function sha1(message: Uint8Array): Uint8Array {
  let words = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  eachBlock(message, (bytes, at) => {
    const mixed = mix(words, expand(bytes, at));
    words = words.map((word, index) => word + mixed[index]! | 0);
  });
  const digest = new Uint8Array(20);
  writeWords(words, digest);
  return digest;
}

/** The base64 of some bytes, padded. */
export function base64(bytes: Uint8Array): string {
  const alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a, b = 0, c = 0] = bytes.subarray(at, at + 3);
    const bits = a! << 16 | b << 8 | c;
    const digits = [18, 12, 6, 0].map((shift) => alphabet[bits >> shift & 63]!);
    const padding = Math.max(0, at + 3 - bytes.length);
    text += digits.slice(0, 4 - padding).join("") + "=".repeat(padding);
  }
  return text;
}

/** The 80 words that a block is expanded to. */
function expand(bytes: Uint8Array, at: number): readonly number[] {
  const words: number[] = [];
  for (let t = 0; t < 16; t++) words.push(wordAt(bytes, at + 4 * t));
  for (let t = 16; t < 80; t++) {
    words.push(rotate(
      words[t - 3]! ^ words[t - 8]! ^ words[t - 14]! ^ words[t - 16]!,
      1,
    ));
  }
  return words;
}

/** The 80 rounds. */
function mix(start: readonly number[], words: readonly number[]): number[] {
  let [a, b, c, d, e] = start as [number, number, number, number, number];
  words.forEach((word, t) => {
    const [constant, combine] = quarters[Math.floor(t / 20)]!;
    const next = rotate(a, 5) + combine(b, c, d) + e + constant + word | 0;
    [a, b, c, d, e] = [next, a, rotate(b, 30), c, d];
  });
  return [a, b, c, d, e];
}

function rotate(word: number, by: number): number {
  return word << by | word >>> 32 - by;
}
