/**
 * The resolver of this machine, by `node:dns`: it is getaddrinfo.
 *
 * @module
 */

/** Resolves to the addresses of a name, in the resolver's order; rejects with its error. */
export async function addressesOf(name: string): Promise<readonly string[]> {
  // Imported at need, since that takes a few ms.
  const { lookup } = await import("node:dns");
  return await new Promise((resolve, reject) => {
    lookup(name, { all: true, verbatim: true }, (error, addresses) => {
      if (error) reject(error);
      else resolve(addresses?.map(({ address }) => address) ?? []);
    });
  });
}
