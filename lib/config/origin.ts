/**
 * Where the text of a setting stands.
 *
 * @module
 */
import type { Mistake } from "../errors.ts";
import type { Position } from "./file.ts";

/** A place that a setting's text can come from. */
export type Origin =
  /** A flag, with its hyphens. */
  | { readonly type: "flag"; readonly name: string }
  /** An operand that is a target. */
  | { readonly type: "operand" }
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
    case "operand":
      return "target";
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
    case "operand":
      return "the command line";
    default:
      return origin.name;
  }
}

/** What is wrong with a text, and where it stands. */
export interface Finding {
  /** Where. */
  readonly origin: Origin;
  /** Such as `Cannot read "x": expected a whole number from 1 to 20, e.g. 3`. */
  readonly message: string;
}

/** More mistakes than this help nobody. */
const mostMistakes = 200;

/** What is wrong, for the user: each only once, those in a file in the order of its lines, the others behind. */
export function mistakesOf(findings: readonly Finding[]): Mistake[] {
  const files = Map.groupBy(
    findings,
    ({ origin }) => origin.type === "file" ? origin.file : "",
  );
  const outside = files.get("") ?? [];
  files.delete("");
  const sorted = [...files.values()].flatMap((group) => group.toSorted(byLine));
  const messages = [...sorted, ...outside].map(({ origin, message }) =>
    `${placeOf(origin)}: ${message}`
  );
  const all = [...new Set(messages)];
  const more = all.length - mostMistakes;
  const told = more > 0
    ? [
      ...all.slice(0, mostMistakes),
      `lifesign: Cannot show all: ${more} more mistakes are left, correct those above first`,
    ]
    : all;
  return told.map((message) => ({ kind: "config", message }));
}

function byLine({ origin: a }: Finding, { origin: b }: Finding): number {
  if (a.type !== "file" || b.type !== "file") return 0;
  return a.line - b.line || a.column - b.column;
}
