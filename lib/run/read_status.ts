/**
 * Reads the status file of an agent.
 *
 * @module
 */
import { distrust, nameOf } from "../config/trust.ts";
import { LifesignError, type Mistake } from "../errors.ts";
import { instantOf } from "../instant.ts";
import {
  datedBy,
  parseDocument,
  type Present,
  type StatusDocument,
} from "../status/status_document.ts";
import { isFault, type World } from "../world.ts";

/** No status is longer, in bytes. */
const longest = 64 * 1024 * 1024;

/** The present, as a status can be judged by it. */
export async function presentOf(
  { clock }: Pick<World, "clock">,
): Promise<Present> {
  return { bootId: await clock.bootId(), ...instantOf(clock) };
}

/** Reads the status, with its times by the wall clock of the present; `null` if there is none. Rejects with a `LifesignError` if it is not to be relied on. */
export async function readStatus(
  path: string,
  { files, clock }: Pick<World, "files" | "clock">,
): Promise<StatusDocument | null> {
  const name = nameOf(path);
  const file = await files.read(path, { longest, pipes: false });
  if (isFault(file)) {
    if (file.code === "ENOENT") return null;
    throw cannot("noinput", `${name}: Cannot read the status: ${file.message}`);
  }
  const reason = distrust(name, file, files.user);
  if (reason !== null) {
    throw cannot("config", `${name}: Cannot trust the status: ${reason}`);
  }
  try {
    const document = parseDocument(new TextDecoder().decode(file.bytes));
    return datedBy(document, await presentOf({ clock }));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw cannot(
      "noinput",
      `${name}: Cannot read the status: ${error.message}`,
    );
  }
}

function cannot(kind: Mistake["kind"], message: string): LifesignError {
  return new LifesignError([{ kind, message }]);
}
