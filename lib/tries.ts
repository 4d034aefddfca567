/**
 * How long tries wait for an answer: each 1.5 times as long as the one before.
 *
 * @module
 */

/** The wait of the try after `made` others, in the unit of `timeout`, the first wait. */
export function waitAfter(timeout: number, made: number): number {
  return timeout * 1.5 ** made;
}

/** The length of a series of tries without an answer, in the unit of `timeout`. */
export function seriesTime(
  { timeout, tries }: { readonly timeout: number; readonly tries: number },
): number {
  const waits = Array.from({ length: tries }, (_, k) => waitAfter(timeout, k));
  return waits.reduce((sum, wait) => sum + wait, 0);
}
