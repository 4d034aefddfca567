import { assertEquals, assertThrows } from "@std/assert";
import { bytesOf, fromHex, toHex } from "./test_dialogue.ts";
import { cookieFileContent, cookieFor } from "./xauth.ts";

function field(bytes: Uint8Array | string): Uint8Array {
  return bytesOf(Uint8Array.of(bytes.length >> 8, bytes.length & 255), bytes);
}

function entry(
  family: number,
  address: Uint8Array | string,
  display: string,
  data: string,
  name = "MIT-MAGIC-COOKIE-1",
): Uint8Array {
  return bytesOf(
    Uint8Array.of(family >> 8, family & 255),
    ...[address, display, name, fromHex(data)].map(field),
  );
}

const ipv4 = fromHex("0a 63 00 02");
const ipv6 = fromHex("fd 99 00 00 00 00 00 00 00 00 00 00 00 00 00 02");

const file = bytesOf(
  entry(256, "vm", "0", "ff", "XDM-AUTHORIZATION-1"),
  entry(256, "vm", "0", "01"),
  entry(0, ipv4, "1", "02"),
  entry(6, ipv6, "1", "03"),
  entry(256, "other", "1", "04"),
  entry(0, ipv6, "2", "05"),
  entry(254, "nis", "2", "06"),
  entry(65535, "", "3", "07"),
  entry(0, ipv4, "", "08"),
);

Deno.test("cookieFor() chooses the cookie of a display", () => {
  const files = { cookieFile: cookieFileContent.parse(file) };
  const rows: [host: string, port: number, cookie: string][] = [
    ["/tmp/.X11-unix/X0", 6000, "01"],
    ["/tmp/.X11-unix/X0", 0, "01"],
    ["/run/x/X1", 0, "04"],
    ["/run/x/socket", 0, ""],
    ["127.0.0.1", 6001, "04"],
    ["::1", 6001, "04"],
    ["localhost", 6001, "04"],
    ["10.99.0.2", 6001, "02"],
    ["::ffff:10.99.0.2", 6001, "02"],
    ["fd99::2", 6001, "03"],
    ["fd99::3", 6001, ""],
    ["fd99::2", 6002, ""],
    ["10.99.0.2", 6000, "08"],
    ["10.99.0.3", 6001, ""],
    ["vm", 6000, ""],
    ["gw.example", 6003, "07"],
    ["10.99.0.3", 6003, "07"],
  ];
  for (const [host, port, cookie] of rows) {
    const found = cookieFor({ host, port, files });
    assertEquals(toHex(found), cookie, `${host} ${port}`);
  }
  assertEquals(cookieFor({ host: "::1", port: 6000, files: {} }).length, 0);
});

Deno.test("cookieFileContent is read as a whole, or not at all", () => {
  assertEquals(cookieFileContent.parse(new Uint8Array()), []);
  const one = entry(0, ipv4, "1", "02");
  for (let length = 1; length < one.length; length++) {
    const error: RangeError = assertThrows(
      () => cookieFileContent.parse(one.subarray(0, length)),
      RangeError,
    );
    assertEquals(
      error.message,
      "expected a file of xauth, such as ~/.Xauthority",
    );
  }
});
