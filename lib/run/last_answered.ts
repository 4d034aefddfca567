/**
 * The gateways' addresses that answered last, as an earlier `run` left them in
 * its status file: names can't be trusted once nobody is logged in.
 *
 * @module
 */
import { familyOf } from "../address.ts";
import type { World } from "../world.ts";
import { readStatus } from "./read_status.ts";
import { type Subject, whereIn, whereOf } from "./render.ts";

/** Tells a session from others, also from one of the same name elsewhere. */
export function sessionKey(subject: Subject): string {
  return keyOf(subject.name, whereOf(subject));
}

function keyOf(name: string, where: string): string {
  return `${name} ${where}`;
}

/** Reads the addresses that answered last, by {@linkcode sessionKey}; none without a sound status. */
export async function readAnswered(
  path: string,
  world: Pick<World, "files" | "clock">,
): Promise<ReadonlyMap<string, string>> {
  const status = await readStatus(path, world).catch(() => null);
  return new Map(
    status?.sessions.flatMap(({ session, answered, ...record }) =>
      answered !== null && familyOf(answered) !== null
        ? [[keyOf(session, whereIn(record)), answered]]
        : []
    ) ?? [],
  );
}
