/**
 * Files that are locked (flock), so that two processes don't get in each
 * other's way; the system lets go when a process dies, however it does.
 *
 * @module
 */
import { type Fault, isFault, lockedCode, type LockedFile } from "../world.ts";
import { faultOf } from "./os_error.ts";
import { openOwn } from "./own_file.ts";

/** How often to begin again with a file that was replaced in the meantime. */
const maxAttempts = 100;

/** Opens a regular file, makes it (0600) if there is none, and locks it. Never rejects. */
export async function lockFile(
  path: string,
  longest: number,
): Promise<LockedFile | Fault> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const opened = await openOwn(path, { read: true, write: true }, Deno.open);
    if (isFault(opened)) return opened;
    const { file } = opened;
    const locked = await lockOpen(file, path, longest).catch((error) => {
      file.close();
      return faultOf(error, "write");
    });
    if (locked !== null) return locked;
  }
  return { code: lockedCode, message: "another process keeps replacing it" };
}

/** Locks an open file; `null` if there is another one at its path by now. */
async function lockOpen(
  file: Deno.FsFile,
  path: string,
  longest: number,
): Promise<LockedFile | Fault | null> {
  const isLocked = file.tryLockSync(true);
  const bytes = await readAll(file, longest);
  if (!isLocked) {
    file.close();
    return {
      code: lockedCode,
      message: `another process holds the lock${holder(bytes)}`,
    };
  }
  const info = await file.stat();
  const there = await Deno.stat(path).catch(() => null);
  if (there?.ino !== info.ino || there.dev !== info.dev) {
    file.close();
    return null;
  }
  if (bytes.length > longest) {
    file.close();
    return { code: "EFBIG", message: `it is longer than ${longest} bytes` };
  }
  return {
    bytes,
    isRegular: info.isFile,
    owner: info.uid ?? 0,
    mode: (info.mode ?? 0) & 0o7777,
    overwrite: (text) => overwrite(file, text),
    release: () => file.close(),
  };
}

/** The process that wrote down its id. */
function holder(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes).trim();
  return /^\d{1,10}$/.test(text) ? `, process ${text}` : "";
}

/** One byte more than wanted shows that there is more. */
async function readAll(
  file: Deno.FsFile,
  longest: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(longest + 1);
  let length = 0;
  while (length < bytes.length) {
    const read = await file.read(bytes.subarray(length));
    if (read === null) break;
    length += read;
  }
  return bytes.subarray(0, length);
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
