/**
 * A session's identity from a file, such as its UID, as another program leaves
 * it there.
 *
 * @module
 */
import type { Mistake } from "../errors.ts";
import { type Fault, type FileContent, isFault } from "../world.ts";
import { isUtf16 } from "./encoding.ts";
import { maskNumbers, quote } from "./quote.ts";
import type { IdentitySettings, Protocol } from "../protocol/protocol.ts";
import { exampleOf } from "../setting.ts";
import { distrust, inShell, nameOf } from "./trust.ts";

/** No such file has any business to be longer, in bytes. */
export const longestIdentityFile: number = 64 * 1024;

/** An identity that was read, or why there is none. */
export type IdentityFile =
  | {
    /** In its canonical form. */
    readonly identity: string;
    /** What is not as it should be, though no reason to refuse the file; `null` if nothing is. */
    readonly warning: string | null;
  }
  | Mistake;

/**
 * Reads the identity: the first line that is meant to be one, as pysrun writes
 * it. The file is refused unless it belongs to root or to `user`, and nobody
 * else can write it; a file that others can read gives a warning.
 */
export function identityIn(
  path: string,
  file: FileContent | Fault,
  { protocol, user }: { readonly protocol: Protocol; readonly user: number },
): IdentityFile {
  const { noun, value, isMeant } = protocol.identity!;
  const name = nameOf(path);
  if (isFault(file)) {
    return noInput(`${name}: Cannot read the ${noun}: ${file.message}`);
  }
  const reason = distrust(name, file, user);
  if (reason !== null) {
    const message = `${name}: Cannot trust the ${noun}: ${reason}`;
    return { kind: "config", message };
  }
  if (isUtf16(file.bytes)) {
    return noInput(
      `${name}: Cannot read the ${noun}: it is UTF-16, expected UTF-8, e.g. from \`iconv -f UTF-16 -t UTF-8\``,
    );
  }
  const line = linesOf(file).find(isMeant);
  if (line === undefined) {
    return noInput(
      `${name}: Cannot find a ${noun}: expected a line with a number, e.g. ${
        exampleOf(protocol.settings[value]!)
      }`,
    );
  }
  try {
    const isReadable = (file.mode & 0o044) !== 0;
    const warning = isReadable
      ? `${name}: others can read the ${noun}, \`chmod go-r ${
        inShell(name)
      }\` fixes that`
      : null;
    const identity = protocol.settings[value]!.parse(line) as string;
    return { identity, warning };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const number = quote(maskNumbers(line));
    return noInput(`${name}: Cannot use ${number}: ${error.message}`);
  }
}

/**
 * Whether a program may still be writing a file in place: no line end stands
 * behind the identity, or where one is to come, and it is not the `known` one.
 */
export function isUnfinished(
  file: FileContent,
  { isMeant }: IdentitySettings,
  known: string | null,
): boolean {
  if (!file.isRegular) return false;
  const lines = linesOf(file);
  const at = lines.findIndex(isMeant);
  const isOpen = lines.at(-1) !== "" || lines.length === 1;
  if (!isOpen || at >= 0 && at < lines.length - 1) return false;
  return at < 0 || known === null || lines[at] !== known;
}

/** Its lines without blanks; the last one is what stands behind the last line end. */
function linesOf({ bytes }: FileContent): string[] {
  return new TextDecoder().decode(bytes).split("\n").map((line) => line.trim());
}

function noInput(message: string): Mistake {
  return { kind: "noinput", message };
}
