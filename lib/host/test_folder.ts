/**
 * For the unit tests of this folder alone: folders that are gone afterwards.
 *
 * @module
 */

/** A folder. */
export interface TestFolder extends AsyncDisposable {
  /** Its path, without links; everybody may look into it. */
  readonly path: string;
}

/** Makes a folder that is gone when the test is over. */
export async function createFolder(): Promise<TestFolder> {
  const path = await Deno.realPath(await Deno.makeTempDir());
  await Deno.chmod(path, 0o755);
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** Calls back with the path of a folder that is gone afterwards. */
export async function inFolder(
  test: (path: string) => Promise<void>,
): Promise<void> {
  await using folder = await createFolder();
  await test(folder.path);
}
