/**
 * How much the tests leave to chance.
 *
 * @module
 */

/** `all` where everything is tested, or as many as a part of them is. */
export function most(all: number, part: number): number {
  return Deno.env.get("LIFESIGN_TEST_ALL") === "1" ? all : part;
}
