/**
 * Where the text of a setting stands.
 *
 * @module
 */
import type { Position } from "./file.ts";

/** A place that a setting's text can come from. */
export type Origin =
  /** A flag, with its hyphens. */
  | { readonly type: "flag"; readonly name: string }
  /** An environment variable. */
  | { readonly type: "environment"; readonly name: string }
  /** A line of a file. */
  | { readonly type: "file"; readonly file: string } & Position
  /** Nowhere: it is the default. */
  | { readonly type: "default" };

/** A place in front of a mistake: `--tries`, `LIFESIGN_TRIES`, `/etc/lifesign.conf:4:12`. */
export function placeOf(origin: Origin): string {
  switch (origin.type) {
    case "file":
      return `${origin.file}:${origin.line}:${origin.column}`;
    case "default":
      return "lifesign";
    default:
      return origin.name;
  }
}

/** A place for people who want to find it again: `/etc/lifesign.conf:4`. */
export function formatOrigin(origin: Origin): string {
  switch (origin.type) {
    case "file":
      return `${origin.file}:${origin.line}`;
    case "default":
      return "default";
    default:
      return origin.name;
  }
}
