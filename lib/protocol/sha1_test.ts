import { assertEquals } from "@std/assert";
import { latin1Bytes } from "./octets.ts";
import { base64, sha1 } from "./sha1.ts";

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

Deno.test("sha1() gives the digests of the examples for FIPS 180", () => {
  const rows: [message: string, digest: string][] = [
    ["abc", "a9993e364706816aba3e25717850c26c9cd0d89d"],
    ["", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
    [
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
    ],
    [
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn" +
      "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      "a49b2446a02c645bf419f995b67091253a04a259",
    ],
    ["a".repeat(1_000_000), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"],
  ];
  for (const [message, digest] of rows) {
    assertEquals(hex(sha1(latin1Bytes(message))), digest, message.slice(0, 60));
  }
});

Deno.test("sha1() pads messages of any length", () => {
  const rows: [length: number, digest: string][] = [
    [54, "b05d71c64979cb95fa74a33cdb31a40d258ae02e"],
    [55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"],
    [56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"],
    [57, "f08f24908d682555111be7ff6f004e78283d989a"],
    [63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5"],
    [64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"],
    [65, "11655326c708d70319be2610e8a57d9a5b959d3b"],
    [119, "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56"],
    [120, "f34c1488385346a55709ba056ddd08280dd4c6d6"],
    [128, "ad5b3fdbcb526778c2839d2f151ea753995e26a0"],
  ];
  for (const [length, digest] of rows) {
    assertEquals(hex(sha1(latin1Bytes("a".repeat(length)))), digest);
  }
});

Deno.test("base64() gives what RFC 4648, section 10, has", () => {
  const rows: [text: string, base64: string][] = [
    ["", ""],
    ["f", "Zg=="],
    ["fo", "Zm8="],
    ["foo", "Zm9v"],
    ["foob", "Zm9vYg=="],
    ["fooba", "Zm9vYmE="],
    ["foobar", "Zm9vYmFy"],
    ["\xfb\xff\xfe", "+//+"],
  ];
  for (const [text, expected] of rows) {
    assertEquals(base64(latin1Bytes(text)), expected);
  }
});
