/**
 * Work on many things, of which some wait.
 *
 * @module
 */

/** Works on items in their order, on at most so many at a time; rejects with the first error. */
export async function pooled<Item>(
  most: number,
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let item; (item = waiting.shift()) !== undefined;) await work(item);
  };
  await Promise.all(Array.from({ length: most }, worker));
}
