/**
 * The places of the project's files.
 *
 * @module
 */

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);

/**
 * The path of a file from the project's root on, without a leading slash;
 * `undefined` if the file isn't the project's. A relative name is such a path
 * already.
 */
export function projectPath(
  fileName: string,
  root: string = ROOT,
): string | undefined {
  if (fileName.startsWith(root)) return fileName.slice(root.length);
  return fileName.startsWith("/") ? undefined : fileName;
}

/** The path that a relative specifier in a file means; `undefined` if it leads out of the project. */
export function resolve(
  specifier: string,
  importer: string,
): string | undefined {
  const top = "/lifesign/";
  const { pathname } = new URL(specifier, `file://${top}${importer}`);
  return pathname.startsWith(top) ? pathname.slice(top.length) : undefined;
}

/** Whether a path of the project is that of a unit test. */
export function isUnitTest(path: string): boolean {
  return /^lib\/.*_test\.ts$/.test(path);
}

/** The first of some places that a path is in, where a folder ends in a slash; `undefined` for none. A unit test is where its subject is. */
export function placeOf(
  path: string,
  places: readonly string[],
): string | undefined {
  const subject = isUnitTest(path) ? path.replace(/_test\.ts$/, ".ts") : path;
  return places.find((place) =>
    place.endsWith("/") ? subject.startsWith(place) : subject === place
  );
}
