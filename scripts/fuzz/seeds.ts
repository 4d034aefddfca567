/**
 * Tests properties on many seeds.
 *
 * @module
 */

/** Tests `count` seeds from `first` on; throws an `Error` with the replay of the first failure. */
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

/** Returns `all` where everything is tested, else `part`. */
export function most(all: number, part: number): number {
  return Deno.env.get("LIFESIGN_TEST_ALL") === "1" ? all : part;
}
