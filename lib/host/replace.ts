/**
 * Files that are replaced at once or not at all.
 *
 * @module
 */

/** How to write a file. */
export interface ReplaceOptions {
  /** Its permission bits, such as 0o600. */
  readonly mode: number;
  /** Whether it has to be there after a power failure. */
  readonly sync: boolean;
}

/**
 * Puts a text in the place of a file: a new file beside it takes its name.
 * Rejects with what the system says, and with an `Error` if something other
 * than a regular file is there.
 */
export async function replaceFile(
  path: string,
  text: string,
  { mode, sync }: ReplaceOptions,
): Promise<void> {
  const target = await Deno.realPath(path).catch(() => path);
  const about = await Deno.lstat(target).catch(() => null);
  if (about !== null && !about.isFile) {
    throw new Error(
      about.isDirectory ? "it is a directory" : "it is no regular file",
    );
  }
  const beside = `${target}.lifesign-new`;
  // What a process left that was killed while it wrote.
  await Deno.remove(beside).catch(() => {});
  try {
    {
      using file = await Deno.open(beside, {
        write: true,
        createNew: true,
        mode,
      });
      await writeAll(file, new TextEncoder().encode(text));
      if (sync) await file.sync();
    }
    await Deno.rename(beside, target);
  } catch (error) {
    await Deno.remove(beside).catch(() => {});
    throw error;
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) {
    rest = rest.subarray(await file.write(rest));
  }
}
