/**
 * What is said of files that are kept up to date.
 *
 * @module
 */
import { nameOf } from "../config/trust.ts";
import type { Fault } from "../world.ts";

/** Why such a file, with what is in it, can't be written. */
export function cannotWrite(path: string, noun: string, fault: Fault): string {
  return `${nameOf(path)}: Cannot write the ${noun}: ${fault.message}`;
}

/** The news of such a file: a new fault, or `null` once it is written again. */
export function writingNews(
  path: string,
  noun: string,
  fault: Fault | null,
): string {
  return fault === null
    ? `${nameOf(path)}: is written again`
    : `${cannotWrite(path, noun, fault)}; lifesign keeps trying`;
}
