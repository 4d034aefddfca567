/**
 * Temporary folders for the unit tests of this folder.
 *
 * @module
 */

/** A temporary folder. */
export interface TestFolder extends AsyncDisposable {
  /** Its path, without links; everybody may read it. */
  readonly path: string;
}

/** Makes a folder that is removed at the end of the scope. */
export async function createFolder(): Promise<TestFolder> {
  const path = await Deno.realPath(await Deno.makeTempDir());
  await Deno.chmod(path, 0o755);
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** Calls back with the path of a folder, and removes it afterwards. */
export async function inFolder(
  test: (path: string) => Promise<void>,
): Promise<void> {
  await using folder = await createFolder();
  await test(folder.path);
}
