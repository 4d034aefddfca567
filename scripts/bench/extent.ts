/**
 * How thoroughly to measure.
 *
 * @module
 */

/** How thoroughly to measure. */
export interface Extent {
  /** How often each thing is measured; every median is one of so many. */
  readonly samples: number;
  /** Whether less is enough than the table is about: shorter times, fewer sessions. */
  readonly isQuick: boolean;
}

/** Makes a number of turns, one after the other. */
export async function inTurn<T>(
  turns: number,
  turn: (turn: number) => Promise<T>,
): Promise<T[]> {
  const all: T[] = [];
  for (let k = 0; k < turns; k++) all.push(await turn(k));
  return all;
}
