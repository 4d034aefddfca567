/**
 * Reads files with identities, which other programs may just be writing.
 *
 * @module
 */
import {
  identityIn,
  isUnfinished,
  longestIdentityFile,
} from "../config/identity_file.ts";
import type { Mistake } from "../errors.ts";
import type { IdentitySettings } from "../protocol/protocol.ts";
import type { Session } from "../session/session_state.ts";
import {
  type Fault,
  type FileContent,
  isFault,
  pipeCode,
  type World,
} from "../world.ts";

/** The time between two readings that have to agree, in ms: a program seldom pauses this long within a number. */
const rereadDelayMs = 250;

/** How often a file that changes each time is read; that takes 2 s. */
const maxReadings = 9;

const unstable: Fault = {
  code: "EAGAIN",
  message: "it keeps changing, expected a line end behind the number",
};

/**
 * Reads files with identities, each by its path. One that may be in the making
 * is read again a moment later, until two readings agree, or for 2 s (`EAGAIN`);
 * all of them wait together. With the identity `known` there is no doubt. A pipe
 * is not read.
 */
export async function readIdentityFiles(
  kinds: ReadonlyMap<string, IdentitySettings>,
  { files, clock }: Pick<World, "clock" | "files">,
  known: string | null = null,
): Promise<Map<string, FileContent | Fault>> {
  const found = new Map<string, FileContent | Fault>();
  let doubtful: readonly string[] = [...kinds.keys()];
  for (let reading = 0; doubtful.length > 0; reading++) {
    if (reading === maxReadings) {
      for (const path of doubtful) found.set(path, unstable);
      break;
    }
    if (reading > 0) await elapse(clock);
    const next: string[] = [];
    for (const path of doubtful) {
      const options = { longest: longestIdentityFile, pipes: false };
      const file = await files.read(path, options);
      const isSettled = isFault(file) ||
        !isUnfinished(file, kinds.get(path)!, known) ||
        isEqual(file, found.get(path));
      if (!isSettled) next.push(path);
      found.set(path, file);
    }
    doubtful = next;
  }
  return found;
}

function elapse(clock: World["clock"]): Promise<void> {
  return new Promise((resolve) =>
    clock.setTimer(clock.now() + rereadDelayMs, resolve)
  );
}

function isEqual(a: FileContent, b: FileContent | Fault | undefined): boolean {
  return b !== undefined && !isFault(b) && a.bytes.length === b.bytes.length &&
    a.bytes.every((byte, at) => byte === b.bytes[at]);
}

/** An identity to start with. */
export interface FirstIdentity {
  /** In its canonical form; `null` if somebody has to log in first. */
  readonly identity: string | null;
  /** Whether it can be read again. */
  readonly isRegular: boolean;
  /** What is not as it should be; `null` if nothing is. */
  readonly warning: string | null;
}

/** Reads an identity for the first time; `null` if it comes from a pipe that may not be read. A file without one is a mistake, unless somebody will log in. */
export async function firstIdentity(
  path: string,
  { protocol }: Pick<Session, "protocol">,
  { files }: Pick<World, "files">,
  { read, pipes, leavePipes, logsIn }: {
    /** What was read before, by path. */
    readonly read: ReadonlyMap<string, FileContent | Fault>;
    readonly pipes: boolean;
    readonly leavePipes: boolean;
    readonly logsIn: boolean;
  },
): Promise<FirstIdentity | Mistake | null> {
  const before = read.get(path);
  const isPipe = before !== undefined && isFault(before) &&
    before.code === pipeCode;
  const file = before !== undefined && !(isPipe && pipes)
    ? before
    : await files.read(path, { longest: longestIdentityFile, pipes });
  if (isFault(file) && file.code === pipeCode && leavePipes) return null;
  const found = identityIn(path, file, { protocol, user: files.user });
  const isRegular = "isRegular" in file && file.isRegular;
  if (!("kind" in found)) return { ...found, isRegular };
  const { kind, message, isVacant } = found;
  return logsIn && isVacant && (isFault(file) || isRegular)
    ? { identity: null, isRegular: true, warning: null }
    : { kind, message };
}

/** Reads a file's identity again and again, never twice at a time; a file that has gone bad is warned about once. */
export function identityReader(
  path: string,
  { protocol }: Pick<Session, "protocol">,
  { identity: first, world, warn }: {
    /** What was read first; `null` if nothing was. */
    readonly identity: string | null;
    readonly world: Pick<World, "clock" | "files">;
    readonly warn: (message: string) => void;
  },
): NonNullable<Session["readIdentity"]> {
  const { noun } = protocol.identity!;
  const kinds = new Map([[path, protocol.identity!]]);
  let known = first;
  let reading: Promise<string | null> | null = null;
  let warned = "";

  async function read(): Promise<string | null> {
    const file = (await readIdentityFiles(kinds, world, known)).get(path)!;
    const { user } = world.files;
    const found = identityIn(path, file, { protocol, user });
    reading = null;
    if (!("kind" in found)) known = found.identity;
    const warning = "kind" in found ? found.message : found.warning ?? "";
    // Before the first login there is nothing to warn about.
    const isVacant = known === null && "kind" in found && found.isVacant;
    if (warning !== warned && "kind" in found && !isVacant) {
      warn(
        known === null ? warning : `${warning}; the last ${noun} stays in use`,
      );
    }
    warned = warning;
    return "kind" in found ? null : found.identity;
  }

  return (callback) => {
    reading ??= read();
    reading.then(callback);
  };
}
