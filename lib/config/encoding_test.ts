import { assertEquals } from "@std/assert";
import { isUtf16 } from "./encoding.ts";

/** A text in UTF-16. */
function utf16(text: string, isLittle: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * text.length));
  for (let at = 0; at < text.length; at++) {
    view.setUint16(2 * at, text.charCodeAt(at), isLittle);
  }
  return new Uint8Array(view.buffer);
}

Deno.test("isUtf16() tells UTF-16, with a byte order mark or without, from UTF-8 and from no text", () => {
  const text = "gateway = 127.0.0.1\nuid = 77\n";
  for (const isLittle of [true, false]) {
    assertEquals(isUtf16(utf16(text, isLittle)), true);
    assertEquals(isUtf16(utf16(`\ufeff${text}`, isLittle)), true);
    assertEquals(isUtf16(utf16("\ufeff会话", isLittle)), true);
    assertEquals(isUtf16(utf16("77", isLittle)), true);
  }
  const others = ["", "7", "77", text, `\ufeff${text}`, "会话", "\0\0\0\0"];
  for (const other of others) {
    assertEquals(isUtf16(new TextEncoder().encode(other)), false, other);
  }
});
