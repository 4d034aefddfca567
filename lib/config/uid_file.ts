/**
 * A UID from a file, as another program leaves it there.
 *
 * @module
 */
import type { Mistake } from "../errors.ts";
import { type Fault, type FileText, isFault } from "../world.ts";
import { quote } from "./layers.ts";
import { uid } from "./parsers.ts";

/** A UID that was read, or why there is none. */
export type UidFile =
  | {
    readonly uid: bigint;
    /** What is not as it should be, though no reason to refuse the file; `null` if nothing is. */
    readonly warning: string | null;
  }
  | Mistake;

/**
 * Reads the UID: the first line that is a number, as pysrun writes it. The
 * file is refused unless it belongs to root or to `user`, and nobody else can
 * write it; a file that others can read gives a warning.
 */
export function uidOf(
  path: string,
  file: FileText | Fault,
  user: number,
): UidFile {
  const name = path === "-"
    ? "stdin"
    : /\p{C}/u.test(path)
    ? quote(path)
    : path;
  if (isFault(file)) {
    return noInput(`${name}: Cannot read the UID: ${file.message}`);
  }
  const { text, owner, mode } = file;
  if (owner !== 0 && owner !== user) {
    return refuse(
      `${name}: Cannot trust the UID: the file belongs to user ${owner}, root or user ${user} is wanted`,
    );
  }
  if ((mode & 0o022) !== 0) {
    return refuse(
      `${name}: Cannot trust the UID: others can write the file, \`chmod go-w ${name}\` mends that`,
    );
  }
  const line = text.split("\n").map((line) => line.trim())
    .find((line) => /^[+-]?\d+$/.test(line));
  if (line === undefined) {
    return noInput(
      `${name}: Cannot find a UID: a line with a number is wanted`,
    );
  }
  try {
    const isReadable = (mode & 0o044) !== 0;
    const warning = isReadable
      ? `${name}: others can read the UID, \`chmod go-r ${name}\` mends that`
      : null;
    return { uid: uid(line), warning };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return noInput(`${name}: Cannot use ${quote(line)}: ${error.message}`);
  }
}

function noInput(message: string): Mistake {
  return { kind: "noinput", message };
}

function refuse(message: string): Mistake {
  return { kind: "config", message };
}
