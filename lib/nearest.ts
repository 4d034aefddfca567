/**
 * Suggestions for mistyped words.
 *
 * @module
 */

/** The word nearest to a mistyped one; `undefined` if none is near enough. */
export function nearest(
  word: string,
  words: readonly string[],
): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  return words
    .filter((other) => Math.abs(other.length - word.length) <= limit)
    .map((other) => ({ other, distance: distance(word, other) }))
    .filter(({ distance }) => distance <= limit && distance < word.length)
    .toSorted((a, b) => a.distance - b.distance)[0]?.other;
}

/** A suggestion for the end of a message, with a leading `; `; empty if no word is near enough. */
export function didYouMean(word: string, words: readonly string[]): string {
  const other = nearest(word, words);
  return other === undefined ? "" : `; did you mean "${other}"?`;
}

/** The number of insertions, deletions, substitutions and swaps of neighbours between two words. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] &&
        a[i - 2] === b[j - 1];
      row[j] = Math.min(
        last[j]! + 1,
        row[j - 1]! + 1,
        last[j - 1]! + change,
        swapped ? beforeLast[j - 2]! + 1 : Infinity,
      );
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}
