/**
 * Where the text of a setting comes from.
 *
 * @module
 */
import type { Mistake } from "../errors.ts";
import type { Position } from "./file.ts";

/** A place that the text of a setting comes from. */
export type Origin =
  /** A flag, with its hyphens. */
  | { readonly type: "flag"; readonly name: string }
  /** The operand that names a target. */
  | { readonly type: "operand" }
  /** An environment variable. */
  | { readonly type: "environment"; readonly name: string }
  /** A line of a file. */
  | { readonly type: "file"; readonly file: string } & Position
  /** No place: it is the default. */
  | { readonly type: "default" };

/** The place at the start of a mistake: `--tries`, `LIFESIGN_TRIES`, `/etc/lifesign.conf:4:12`. */
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

/** The place as `lifesign config` shows it: `/etc/lifesign.conf:4`. */
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

/** A mistake in a text, and where the text comes from. */
export interface Finding {
  /** Where the text comes from. */
  readonly origin: Origin;
  /** What is wrong, and what is expected. */
  readonly message: string;
}

/** How many mistakes are reported at most. */
const maxMistakes = 200;

/** The mistakes to report, each once: those in files by their lines, then the others. */
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
  const more = all.length - maxMistakes;
  const reported = more > 0
    ? [
      ...all.slice(0, maxMistakes),
      `lifesign: Cannot show all: ${more} more mistakes are left, correct those above first`,
    ]
    : all;
  return reported.map((message) => ({ kind: "config", message }));
}

function byLine({ origin: a }: Finding, { origin: b }: Finding): number {
  if (a.type !== "file" || b.type !== "file") return 0;
  return a.line - b.line || a.column - b.column;
}
