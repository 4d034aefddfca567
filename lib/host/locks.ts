/**
 * Files that one process at a time can lock (flock). The system unlocks them
 * when the process ends or is killed.
 *
 * @module
 */
import { type Fault, isFault, lockedCode, type LockedFile } from "../world.ts";
import { fileContent, readBytes } from "./file_content.ts";
import { faultOf } from "./os_error.ts";
import { openOwn } from "./own_file.ts";

/** How often to try again with a file that was replaced meanwhile. */
const maxAttempts = 100;

/** Opens a regular file, or makes it with the mode 0600, and locks it. Never rejects. */
export async function lockFile(
  path: string,
  longest: number,
): Promise<LockedFile | Fault> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const opened = await openOwn(path, { read: true, write: true }, Deno.open);
    if (isFault(opened)) return opened;
    const { file } = opened;
    const locked = await lockOpen(file, path, longest)
      .catch((error) => faultOf(error, "write"));
    if (locked === null || isFault(locked)) file.close();
    if (locked !== null) return locked;
  }
  return { code: lockedCode, message: "another process keeps replacing it" };
}

/** Locks an open file; `null` if its path leads to another file by now. */
async function lockOpen(
  file: Deno.FsFile,
  path: string,
  longest: number,
): Promise<LockedFile | Fault | null> {
  const isLocked = file.tryLockSync(true);
  const bytes = await readBytes(file, longest);
  if (!isLocked) {
    const message = `another process holds the lock${holder(bytes)}`;
    return { code: lockedCode, message };
  }
  const info = await file.stat();
  const there = await Deno.stat(path).catch(() => null);
  if (there?.ino !== info.ino || there.dev !== info.dev) return null;
  if (bytes.length > longest) {
    return { code: "EFBIG", message: `it is longer than ${longest} bytes` };
  }
  return {
    ...fileContent(bytes, info),
    overwrite: (text) => overwrite(file, text),
    release: () => file.close(),
  };
}

/** Names the process that has written its id into the file. */
function holder(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes).trim();
  return /^\d{1,10}$/.test(text) ? `, process ${text}` : "";
}

function overwrite(file: Deno.FsFile, text: string): Fault | null {
  try {
    file.truncateSync(0);
    file.seekSync(0, Deno.SeekMode.Start);
    file.writeSync(new TextEncoder().encode(text));
    return null;
  } catch (error) {
    return faultOf(error, "other");
  }
}
