/**
 * Reads the status file of an agent.
 *
 * @module
 */
import { nameOf } from "../config/trust.ts";
import { instantOf } from "../instant.ts";
import {
  datedBy,
  parseDocument,
  type Present,
  type StatusDocument,
} from "../status/status_document.ts";
import type { World } from "../world.ts";
import { readTrusted, understood } from "./trusted_file.ts";

/** No status is longer, in bytes. */
const longest = 64 * 1024 * 1024;

/** The present, as a status can be judged by it. */
export async function presentOf(
  { clock }: Pick<World, "clock">,
): Promise<Present> {
  return { bootId: await clock.bootId(), ...instantOf(clock) };
}

/** Reads the status, with times by the present wall clock; `null` without one. Rejects with a `LifesignError` if it is not sound. */
export async function readStatus(
  path: string,
  world: Pick<World, "files" | "clock">,
): Promise<StatusDocument | null> {
  const options = { what: "the status", longest, isOptional: true };
  const bytes = await readTrusted(path, world, options);
  if (bytes === null) return null;
  const document = understood(
    `${nameOf(path)}: Cannot read the status`,
    () => parseDocument(new TextDecoder().decode(bytes)),
  );
  return datedBy(document, await presentOf(world));
}
