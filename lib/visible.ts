/**
 * Text of unknown origin, made safe for a terminal.
 *
 * @module
 */

/** Escapes characters that are invisible, end a line or act on a terminal, such as `\u2028`. */
export function visible(text: string): string {
  // Most text is ASCII, and building the class below takes 2 million instructions.
  return /[^ -~]/.test(text)
    ? text.replace(/[\p{C}\u2028\u2029]/gu, escaped)
    : text;
}

/** The escape of a character, as in JSON, or `\u{e0001}` beyond U+FFFF. */
function escaped(character: string): string {
  const digits = character.codePointAt(0)!.toString(16).padStart(4, "0");
  return digits.length > 4 ? `\\u{${digits}}` : `\\u${digits}`;
}
