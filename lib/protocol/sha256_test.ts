import { assertEquals } from "@std/assert";
import { hmacSha256, sha256 } from "./sha256.ts";

function hex(bytes: Uint8Array): string {
  return [...bytes].map((it) => it.toString(16).padStart(2, "0")).join("");
}

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("sha256() gives the digests of the examples for FIPS 180", () => {
  const rows: [text: string, digest: string][] = [
    ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    [
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ],
    [
      "a".repeat(1_000_000),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
    ],
  ];
  for (const [text, digest] of rows) {
    assertEquals(hex(sha256(bytes(text))), digest, text);
  }
});

Deno.test("hmacSha256() gives what RFC 4231, section 4, has", () => {
  const rows: [key: Uint8Array, text: string, mac: string][] = [
    [
      new Uint8Array(20).fill(0x0b),
      "Hi There",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ],
    [
      bytes("Jefe"),
      "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ],
    [
      new Uint8Array(131).fill(0xaa),
      "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ],
  ];
  for (const [key, text, mac] of rows) {
    assertEquals(hex(hmacSha256(key)(bytes(text))), mac, text);
  }
});
