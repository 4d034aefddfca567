/**
 * How log files are rotated.
 *
 * @module
 */

/** How many of these lines, from the first on, fit into `room` bytes. */
export function fitting(
  lines: readonly Pick<Uint8Array, "length">[],
  room: number,
): number {
  let end = 0;
  const tooMuch = lines.findIndex(({ length }) => (end += length) > room);
  return tooMuch < 0 ? lines.length : tooMuch;
}

/** The renames that rotate a file, in order: `FILE.2` to `FILE.3`, …, `FILE` to `FILE.1`; none without backups. */
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
