/**
 * A session's identity, such as its UID, from a file of another program.
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

/** The longest file that is read, in bytes. */
export const longestIdentityFile: number = 64 * 1024;

/** Why a file has no identity. */
export interface NoIdentity extends Mistake {
  /** Whether a login may put one there: the file is missing, or has none that can be used. */
  readonly isVacant: boolean;
}

/** The identity in a file, or why there is none. */
export type IdentityFile =
  | {
    /** The identity in canonical form. */
    readonly identity: string;
    /** A warning about the file; `null` if there is none. */
    readonly warning: string | null;
  }
  | NoIdentity;

/**
 * Reads the first line that is meant to be an identity. The file has to belong
 * to root or to `user`, and nobody else may write it. If others can read it,
 * there is a warning.
 */
export function identityIn(
  path: string,
  file: FileContent | Fault,
  { protocol, user }: { readonly protocol: Protocol; readonly user: number },
): IdentityFile {
  const { noun, value, isMeant } = protocol.identity!;
  const name = nameOf(path);
  if (isFault(file)) {
    return {
      ...noInput(`${name}: Cannot read the ${noun}: ${file.message}`),
      isVacant: file.code === "ENOENT",
    };
  }
  const reason = distrust(name, file, user);
  if (reason !== null) {
    const message = `${name}: Cannot trust the ${noun}: ${reason}`;
    return { kind: "config", message, isVacant: false };
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
 * Whether another program may still be writing a file. No line end follows the
 * identity, or the place for it, and it is not the `known` one.
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

/** The lines of a file, trimmed; the last one is the text after the last line end. */
function linesOf({ bytes }: FileContent): string[] {
  return new TextDecoder().decode(bytes).split("\n").map((line) => line.trim());
}

function noInput(message: string): NoIdentity {
  return { kind: "noinput", message, isVacant: true };
}
