/**
 * SHA-256 (FIPS 180-4) and HMAC (RFC 2104) with it. A request is made at once,
 * and what the runtime has for both answers only later.
 *
 * @module
 */

import { blockLength, eachBlock, wordAt, writeWords } from "./sha_padding.ts";

const primes = firstPrimes(64);

/** The first 32 bits of the fractional parts of cube roots of primes. */
const roundWords = Int32Array.from(
  primes,
  (prime) => fraction(Math.cbrt(prime)),
);

/** Those of square roots. */
const firstWords = Int32Array.from(
  primes.slice(0, 8),
  (prime) => fraction(Math.sqrt(prime)),
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

/** The length of a digest, in bytes. */
const digestLength = 32;

/** The words that the message being hashed has led to so far. */
const words = new Int32Array(8);

/** The digest inside of an HMAC. */
const inside = new Uint8Array(digestLength);

/** The SHA-256 digest of some bytes: 32 bytes. */
export function sha256(message: Uint8Array): Uint8Array {
  hash(firstWords, message, 0);
  return digest();
}

/** Makes the HMAC-SHA-256 of messages with a key: 32 bytes each. */
export function hmacSha256(
  key: Uint8Array,
): (message: Uint8Array) => Uint8Array {
  const block = new Uint8Array(blockLength);
  block.set(key.length > blockLength ? sha256(key) : key);
  // What each message is hashed behind is hashed once.
  const [inner, outer] = [0x36, 0x5c].map((byte) => {
    words.set(firstWords);
    mix(block.map((it) => it ^ byte), 0);
    return words.slice();
  }) as [Int32Array, Int32Array];
  return (message) => {
    hash(inner, message, blockLength);
    writeWords(words, inside);
    hash(outer, inside, blockLength);
    return digest();
  };
}

/** Hashes a message behind `before` bytes, whose blocks have led to `start`. */
function hash(start: Int32Array, message: Uint8Array, before: number): void {
  words.set(start);
  eachBlock(message, mix, before);
}

function digest(): Uint8Array {
  const bytes = new Uint8Array(digestLength);
  writeWords(words, bytes);
  return bytes;
}

/** The 64 words of the block that is being mixed. */
const block = new Int32Array(64);

/** Mixes the block at a place into the words. */
function mix(bytes: Uint8Array, at: number): void {
  for (let t = 0; t < 16; t++) block[t] = wordAt(bytes, at + 4 * t);
  for (let t = 16; t < 64; t++) {
    const two = block[t - 2]!;
    const fifteen = block[t - 15]!;
    const s1 = turn(two, 17) ^ turn(two, 19) ^ two >>> 10;
    const s0 = turn(fifteen, 7) ^ turn(fifteen, 18) ^ fifteen >>> 3;
    block[t] = s1 + block[t - 7]! + s0 + block[t - 16]!;
  }
  let a = words[0]!;
  let b = words[1]!;
  let c = words[2]!;
  let d = words[3]!;
  let e = words[4]!;
  let f = words[5]!;
  let g = words[6]!;
  let h = words[7]!;
  for (let t = 0; t < 64; t++) {
    const choice = e & f ^ ~e & g;
    const majority = a & b ^ a & c ^ b & c;
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const first = h + s1 + choice + roundWords[t]! + block[t]! | 0;
    h = g;
    g = f;
    f = e;
    e = d + first | 0;
    d = c;
    c = b;
    b = a;
    a = first + s0 + majority | 0;
  }
  words[0]! += a;
  words[1]! += b;
  words[2]! += c;
  words[3]! += d;
  words[4]! += e;
  words[5]! += f;
  words[6]! += g;
  words[7]! += h;
}

/** Turns the bits of a word to the right. */
function turn(word: number, bits: number): number {
  return word >>> bits | word << 32 - bits;
}
