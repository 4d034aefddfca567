/**
 * SHA-256 (FIPS 180-4) and HMAC (RFC 2104) with it. A request is made at once,
 * and what the runtime has for both answers only later.
 *
 * @module
 */

import { blockLength, pad } from "./sha_padding.ts";

const primes = firstPrimes(64);

/** The first 32 bits of the fractional parts of cube roots of primes. */
const roundWords = primes.map((prime) => fraction(Math.cbrt(prime)));

/** Those of square roots. */
const firstWords = primes.slice(0, 8).map((prime) =>
  fraction(Math.sqrt(prime))
);

function firstPrimes(count: number): number[] {
  const found: number[] = [];
  for (let number = 2; found.length < count; number++) {
    if (found.every((prime) => number % prime !== 0)) found.push(number);
  }
  return found;
}

function fraction(root: number): number {
  return Math.floor((root % 1) * 2 ** 32) | 0;
}

/** The SHA-256 digest of some bytes: 32 bytes. */
export function sha256(message: Uint8Array): Uint8Array {
  const padded = pad(message);
  let words = firstWords;
  for (let at = 0; at < padded.byteLength; at += blockLength) {
    const mixed = mix(words, expand(padded, at));
    words = words.map((word, index) => (word + mixed[index]!) | 0);
  }
  const digest = new DataView(new ArrayBuffer(32));
  words.forEach((word, index) => digest.setInt32(4 * index, word));
  return new Uint8Array(digest.buffer);
}

/** The HMAC-SHA-256 of a message: 32 bytes. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  const short = key.length > blockLength ? sha256(key) : key;
  const block = new Uint8Array(blockLength);
  block.set(short);
  const padded = (byte: number) => block.map((it) => it ^ byte);
  const inner = sha256(Uint8Array.of(...padded(0x36), ...message));
  return sha256(Uint8Array.of(...padded(0x5c), ...inner));
}

/** The 64 words of a block. */
function expand(padded: DataView, at: number): Int32Array {
  const words = new Int32Array(64);
  for (let t = 0; t < 64; t++) {
    if (t < 16) {
      words[t] = padded.getInt32(at + 4 * t);
      continue;
    }
    const [two, fifteen] = [words[t - 2]!, words[t - 15]!];
    const s1 = turn(two, 17) ^ turn(two, 19) ^ two >>> 10;
    const s0 = turn(fifteen, 7) ^ turn(fifteen, 18) ^ fifteen >>> 3;
    words[t] = s1 + words[t - 7]! + s0 + words[t - 16]!;
  }
  return words;
}

/** Mixes a block into eight words. */
function mix(start: readonly number[], block: Int32Array): readonly number[] {
  let [a, b, c, d, e, f, g, h] = start as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  for (let t = 0; t < 64; t++) {
    const choice = e & f ^ ~e & g;
    const majority = a & b ^ a & c ^ b & c;
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const first = h + s1 + choice + roundWords[t]! + block[t]! | 0;
    const second = s0 + majority | 0;
    [h, g, f, e, d, c, b, a] = [
      g,
      f,
      e,
      d + first | 0,
      c,
      b,
      a,
      first + second | 0,
    ];
  }
  return [a, b, c, d, e, f, g, h];
}

/** Turns the bits of a word to the right. */
function turn(word: number, bits: number): number {
  return word >>> bits | word << 32 - bits;
}
