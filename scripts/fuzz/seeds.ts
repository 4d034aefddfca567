/**
 * Properties that have to hold whatever chance does.
 *
 * @module
 */

/** Tries a property on `count` seeds from `first` on; throws an `Error` that tells how to replay the first that fails. */
export function trySeeds(
  property: (seed: number) => void,
  { first, count }: { readonly first: number; readonly count: number },
): void {
  for (let seed = first; seed < first + count; seed++) {
    try {
      property(seed);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const replay = `deno task fuzz --seed ${seed} --count 1`;
      throw new Error(`${reason} (seed ${seed}; ${replay})`, { cause: error });
    }
  }
}
