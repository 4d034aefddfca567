/*
 * SHA-256 (FIPS 180-4), HMAC (RFC 2104) and the signed packets of STAMP
 * (RFC 8762), for the programs beside this file. Big-endian throughout.
 */
#include <stdint.h>
#include <string.h>

enum { packet_size = 112, signed_size = 96, code_size = 16, key_size = 32 };

static const uint32_t round_words[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turn(uint32_t word, int bits) {
  return word >> bits | word << (32 - bits);
}

static void write_word(uint8_t *bytes, uint32_t word) {
  for (int at = 0; at < 4; at++) bytes[at] = word >> (24 - 8 * at);
}

static uint32_t read_word(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
}

static void mix(uint32_t words[8], const uint8_t block[64]) {
  uint32_t w[64];
  for (int t = 0; t < 16; t++) w[t] = read_word(block + 4 * t);
  for (int t = 16; t < 64; t++)
    w[t] = (turn(w[t - 2], 17) ^ turn(w[t - 2], 19) ^ w[t - 2] >> 10) +
           w[t - 7] +
           (turn(w[t - 15], 7) ^ turn(w[t - 15], 18) ^ w[t - 15] >> 3) +
           w[t - 16];
  uint32_t a = words[0], b = words[1], c = words[2], d = words[3];
  uint32_t e = words[4], f = words[5], g = words[6], h = words[7];
  for (int t = 0; t < 64; t++) {
    uint32_t first = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) +
                     ((e & f) ^ (~e & g)) + round_words[t] + w[t];
    uint32_t second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) +
                      ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + first;
    d = c;
    c = b;
    b = a;
    a = first + second;
  }
  words[0] += a;
  words[1] += b;
  words[2] += c;
  words[3] += d;
  words[4] += e;
  words[5] += f;
  words[6] += g;
  words[7] += h;
}

/* What a key makes of the words that hashing begins with, inside and outside. */
static uint32_t keyed[2][8];

static void use_key(const uint8_t key[key_size]) {
  static const uint32_t first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372,
                                    0xa54ff53a, 0x510e527f, 0x9b05688c,
                                    0x1f83d9ab, 0x5be0cd19};
  for (int side = 0; side < 2; side++) {
    uint8_t block[64];
    memset(block, side ? 0x5c : 0x36, sizeof block);
    for (int at = 0; at < key_size; at++) block[at] ^= key[at];
    memcpy(keyed[side], first, sizeof first);
    mix(keyed[side], block);
  }
}

/* The code of a packet. */
static void code_of(const uint8_t *packet, uint8_t code[32]) {
  uint32_t words[8];
  uint8_t block[64] = {0};
  memcpy(words, keyed[0], sizeof words);
  mix(words, packet);
  memcpy(block, packet + 64, signed_size - 64);
  block[signed_size - 64] = 0x80;
  write_word(block + 60, (64 + signed_size) * 8);
  mix(words, block);
  memset(block, 0, sizeof block);
  for (int at = 0; at < 8; at++) write_word(block + 4 * at, words[at]);
  block[32] = 0x80;
  write_word(block + 60, (64 + 32) * 8);
  memcpy(words, keyed[1], sizeof words);
  mix(words, block);
  for (int at = 0; at < 8; at++) write_word(code + 4 * at, words[at]);
}

static void sign(uint8_t packet[packet_size]) {
  uint8_t code[32];
  code_of(packet, code);
  memcpy(packet + signed_size, code, code_size);
}

static inline int is_signed(const uint8_t *packet) {
  uint8_t code[32], difference = 0;
  code_of(packet, code);
  for (int at = 0; at < code_size; at++)
    difference |= code[at] ^ packet[signed_size + at];
  return difference == 0;
}

/* Writes the present time as NTP does. */
static void write_time(uint8_t *bytes) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  write_word(bytes, now.tv_sec + 2208988800u);
  write_word(bytes + 4, ((uint64_t)now.tv_nsec << 32) / 1000000000);
}
