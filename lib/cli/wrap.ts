/**
 * Breaks text into lines.
 *
 * @module
 */

/** Breaks text at its spaces into lines of at most `width` characters; a longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && line.length <= width) lines.pop();
    lines.push(line.length <= width ? line : word);
  }
  return lines;
}
