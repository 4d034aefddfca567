/**
 * A UID from a file, as another program leaves it there.
 *
 * @module
 */
import type { Mistake } from "../errors.ts";
import { type Fault, type FileContent, isFault } from "../world.ts";
import { isUtf16 } from "./encoding.ts";
import { maskNumbers, quote } from "./quote.ts";
import { uid } from "../parsers.ts";
import { distrust, inShell, nameOf } from "./trust.ts";

/** No file with a UID has any business to be longer, in bytes. */
export const longestUidFile: number = 64 * 1024;

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
  file: FileContent | Fault,
  user: number,
): UidFile {
  const name = nameOf(path);
  if (isFault(file)) {
    return noInput(`${name}: Cannot read the UID: ${file.message}`);
  }
  const reason = distrust(name, file, user);
  if (reason !== null) {
    const message = `${name}: Cannot trust the UID: ${reason}`;
    return { kind: "config", message };
  }
  if (isUtf16(file.bytes)) {
    return noInput(
      `${name}: Cannot read the UID: the file is UTF-16, UTF-8 is wanted`,
    );
  }
  const line = linesOf(file).find(isNumber);
  if (line === undefined) {
    return noInput(
      `${name}: Cannot find a UID: a line with a number is wanted`,
    );
  }
  try {
    const isReadable = (file.mode & 0o044) !== 0;
    const warning = isReadable
      ? `${name}: others can read the UID, \`chmod go-r ${
        inShell(name)
      }\` mends that`
      : null;
    return { uid: uid(line), warning };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const number = quote(maskNumbers(line));
    return noInput(`${name}: Cannot use ${number}: ${error.message}`);
  }
}

/**
 * Whether a program may still be writing a file in place: no line end stands
 * behind the number, or where one is to come, and it is not the `known` UID.
 */
export function isUnfinished(file: FileContent, known: bigint | null): boolean {
  if (!file.isRegular) return false;
  const lines = linesOf(file);
  const at = lines.findIndex(isNumber);
  const isOpen = lines.at(-1) !== "" || lines.length === 1;
  if (!isOpen || at >= 0 && at < lines.length - 1) return false;
  return at < 0 || known === null || lines[at] !== `${known}`;
}

/** Its lines without blanks; the last one is what stands behind the last line end. */
function linesOf({ bytes }: FileContent): string[] {
  return new TextDecoder().decode(bytes).split("\n").map((line) => line.trim());
}

function isNumber(line: string): boolean {
  return /^[+-]?\d+$/.test(line);
}

function noInput(message: string): Mistake {
  return { kind: "noinput", message };
}
