/**
 * The content of open files.
 *
 * @module
 */
import type { FileContent } from "../world.ts";

/** An open file to read. */
export type Readable = Pick<Deno.FsFile, "read">;

/** Puts together what was read of a file. */
export function fileContent(
  bytes: Uint8Array,
  { isFile, uid, mode }: Deno.FileInfo,
): FileContent {
  return {
    bytes,
    isRegular: isFile,
    owner: uid ?? 0,
    mode: (mode ?? 0) & 0o7777,
  };
}

/** Reads up to the end, or more than `longest` bytes if the file is longer. */
export async function readBytes(
  file: Readable,
  longest: number,
): Promise<Uint8Array> {
  let bytes = new Uint8Array(4096);
  let length = 0;
  while (length <= longest) {
    const read = await file.read(bytes.subarray(length));
    if (read === null) break;
    length += read;
    if (length < bytes.length) continue;
    const larger = new Uint8Array(2 * length);
    larger.set(bytes);
    bytes = larger;
  }
  return bytes.subarray(0, length);
}
