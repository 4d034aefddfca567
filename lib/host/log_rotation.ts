/**
 * What is to be done before a line is appended to a log file.
 *
 * @module
 */

/** How many of these lines, the first ones, fit into so many bytes. */
export function fitting(
  lines: readonly Pick<Uint8Array, "length">[],
  room: number,
): number {
  let end = 0;
  const tooMuch = lines.findIndex(({ length }) => (end += length) > room);
  return tooMuch < 0 ? lines.length : tooMuch;
}

/** Which file gets which name, in that order, when one is rotated: `FILE.2` becomes `FILE.3`, and at last `FILE` becomes `FILE.1`; nothing without backups. */
export function renames(
  path: string,
  backups: number,
): [from: string, to: string][] {
  const names = [
    path,
    ...Array.from({ length: backups }, (_, k) => `${path}.${k + 1}`),
  ];
  return names.slice(1).map((to, k): [string, string] => [names[k]!, to])
    .reverse();
}
