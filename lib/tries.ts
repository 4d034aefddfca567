/**
 * How long tries wait for an answer: each half as long again as the one before.
 *
 * @module
 */

/** How long the try waits that comes after `made` others; the first one `timeout`, in the same unit. */
export function waitAfter(timeout: number, made: number): number {
  return timeout * 1.5 ** made;
}

/** How long a series of tries lasts that nobody answers, in the unit of `timeout`. */
export function seriesTime(
  { timeout, tries }: { readonly timeout: number; readonly tries: number },
): number {
  const waits = Array.from({ length: tries }, (_, k) => waitAfter(timeout, k));
  return waits.reduce((sum, wait) => sum + wait, 0);
}
