/**
 * Reads files with identities, which other programs may just be writing.
 *
 * @module
 */
import { isUnfinished, longestIdentityFile } from "../config/identity_file.ts";
import type { IdentitySettings } from "../protocol/protocol.ts";
import { type Fault, type FileContent, isFault, type World } from "../world.ts";

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
