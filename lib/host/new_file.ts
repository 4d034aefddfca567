/**
 * Files that are made, by `node:fs`: unlike Deno it can set the mode of an open
 * file, whatever its path leads to by then.
 *
 * @module
 */

/** A file that was made. */
export interface NewFile {
  /** Writes some of the bytes, and resolves to how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Sets its permission bits. */
  setMode(mode: number): Promise<void>;
  /** Waits for the disk. */
  sync(): Promise<void>;
  /** Closes it. */
  close(): Promise<void>;
}

/** Makes a file that is not there yet, for this user alone. */
export async function makeFile(path: string): Promise<NewFile> {
  const { open } = await import("node:fs/promises");
  const file = await open(path, "wx", 0o600);
  return {
    write: async (bytes) =>
      (await file.write(bytes, 0, bytes.length)).bytesWritten,
    setMode: (mode) => file.chmod(mode),
    sync: () => file.sync(),
    close: () => file.close(),
  };
}
