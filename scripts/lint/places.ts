/**
 * Finds the place of a file in the project.
 *
 * @module
 */

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);

/**
 * The path of a file from the project's root, without a leading slash;
 * `undefined` for a file elsewhere. A relative name stays as it is.
 */
export function projectPath(
  fileName: string,
  root: string = ROOT,
): string | undefined {
  if (fileName.startsWith(root)) return fileName.slice(root.length);
  return fileName.startsWith("/") ? undefined : fileName;
}

/** Resolves a relative specifier to a path; `undefined` outside of the project. */
export function resolve(
  specifier: string,
  importer: string,
): string | undefined {
  const top = "/lifesign/";
  const { pathname } = new URL(specifier, `file://${top}${importer}`);
  return pathname.startsWith(top) ? pathname.slice(top.length) : undefined;
}

/** Whether a path is that of a unit test. */
export function isUnitTest(path: string): boolean {
  return /^lib\/.*_test\.ts$/.test(path);
}

/** The first place of a path; `undefined` for none. Folders end in a slash. A unit test is in the place of its subject. */
export function placeOf(
  path: string,
  places: readonly string[],
): string | undefined {
  const subject = isUnitTest(path) ? path.replace(/_test\.ts$/, ".ts") : path;
  return places.find((place) =>
    place.endsWith("/") ? subject.startsWith(place) : subject === place
  );
}
