/**
 * Stands in for `lib/host/new_file.ts`.
 *
 * @module
 */
import { type ModalFile, openSync } from "./files.ts";

/** A file that was made. */
export type NewFile = ModalFile;

/** Makes a file that is not there yet, for this user alone. */
export async function makeFile(path: string): Promise<NewFile> {
  const options = { write: true, createNew: true, mode: 0o600 };
  return await openSync(path, options);
}
