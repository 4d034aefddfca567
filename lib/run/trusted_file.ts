/**
 * Files that a running agent writes, read by other commands: only what nobody
 * else could have written is believed.
 *
 * @module
 */
import { distrust, nameOf } from "../config/trust.ts";
import { LifesignError, type Mistake } from "../errors.ts";
import { isFault, type World } from "../world.ts";

/** How to read a file. */
export interface TrustedFileOptions {
  /** What it holds, for messages. */
  readonly what: string;
  /** One that is longer is refused, in bytes. */
  readonly longest: number;
  /** Whether it may be missing. */
  readonly isOptional: boolean;
}

/** Reads a file; resolves to `null` if it may be missing and is. Rejects with a `LifesignError` if it is unreadable or untrusted. */
export async function readTrusted(
  path: string,
  { files }: Pick<World, "files">,
  { what, longest, isOptional }: TrustedFileOptions,
): Promise<Uint8Array | null> {
  const name = nameOf(path);
  const file = await files.read(path, { longest, pipes: false });
  if (isFault(file)) {
    if (isOptional && file.code === "ENOENT") return null;
    throw cannot("noinput", `${name}: Cannot read ${what}: ${file.message}`);
  }
  const reason = distrust(name, file, files.user);
  if (reason === null) return file.bytes;
  throw cannot("config", `${name}: Cannot trust ${what}: ${reason}`);
}

/** Parses a file. Throws a `LifesignError` that begins with `complaint` if the parser throws a `RangeError`. */
export function understood<T>(complaint: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw cannot("noinput", `${complaint}: ${error.message}`);
  }
}

function cannot(kind: Mistake["kind"], message: string): LifesignError {
  return new LifesignError([{ kind, message }]);
}
