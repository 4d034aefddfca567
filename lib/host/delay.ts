/**
 * Waiting in real time.
 *
 * @module
 */

/** Resolves after a time in ms. */
export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
