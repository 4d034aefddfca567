/**
 * Bytes as text, and text as bytes.
 *
 * @module
 */
import { visible } from "../visible.ts";

/** Bytes as characters of the same numbers. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  }
  return text;
}

/** Characters up to U+00FF as bytes of the same numbers. */
export function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** All bytes of these, one behind the other. */
export function join(...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The beginning of a peer's text, as it may stand in a note: 60 characters at most. */
export function excerpt(text: string): string {
  return visible(text.slice(0, 60));
}

/** The same of bytes, which should be UTF-8, without white space around it. */
export function excerptOfBytes(bytes: Uint8Array): string {
  return excerpt(new TextDecoder().decode(bytes.subarray(0, 1024)).trim());
}
