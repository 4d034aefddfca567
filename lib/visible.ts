/**
 * Text of unknown origin, as it may be shown.
 *
 * @module
 */

/** Writes what can't be seen, would end a line, turns the text around it or could act on a terminal as an escape, such as `\u2028`. */
export function visible(text: string): string {
  // Nearly all is ASCII; to build that class takes 2 million instructions.
  return /[^ -~]/.test(text)
    ? text.replace(/[\p{C}\u2028\u2029]/gu, escaped)
    : text;
}

/** The escape of a character, as in JSON; `\u{e0001}` beyond the first 65,536. */
function escaped(character: string): string {
  const digits = character.codePointAt(0)!.toString(16).padStart(4, "0");
  return digits.length > 4 ? `\\u{${digits}}` : `\\u${digits}`;
}
