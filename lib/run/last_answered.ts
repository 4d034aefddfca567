/**
 * The gateways' addresses that answered last, as an earlier `run` left them in
 * its status file: names can't be trusted once nobody is logged in.
 *
 * @module
 */
import { familyOf } from "../address.ts";
import { formatAddress } from "../parsers.ts";
import type { Endpoint, World } from "../world.ts";
import { readStatus } from "./read_status.ts";

/** Tells a session from others, also from one of the same name at another gateway. */
export function sessionKey(
  { name, gateway }: { readonly name: string; readonly gateway: Endpoint },
): string {
  return keyOf(name, formatAddress(gateway));
}

function keyOf(name: string, gateway: string): string {
  return `${name} ${gateway}`;
}

/** Reads the addresses that answered last, by {@linkcode sessionKey}; none without a sound status. */
export async function readAnswered(
  path: string,
  world: Pick<World, "files" | "clock">,
): Promise<ReadonlyMap<string, string>> {
  const status = await readStatus(path, world).catch(() => null);
  return new Map(
    status?.sessions.flatMap(({ session, gateway, answered }) =>
      answered !== null && familyOf(answered) !== null
        ? [[keyOf(session, gateway), answered]]
        : []
    ) ?? [],
  );
}
