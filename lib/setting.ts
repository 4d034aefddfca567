/**
 * Settings: rows of a table from which flags, files, environment, help and the
 * table in `docs/settings.md` follow.
 *
 * @module
 */
import type { Parser } from "./parsers.ts";

/** A setting. */
export interface Setting<T> {
  /** The placeholder for its value in help; absent if only switches set it. */
  readonly value?: string;
  /** Its one-letter flag, with the hyphen; absent if it has none. */
  readonly short?: string;
  /** Flags without a value, with the text that each stands for; absent if there are none. */
  readonly switches?: Readonly<Record<string, string>>;
  /** Whether its flag may be repeated; the texts are joined by commas. Not if absent. */
  readonly repeatable?: boolean;
  /** Reads its text. */
  readonly parse: Parser<NonNullable<T>>;
  /** Its default text; `null` for the value `null`. */
  readonly default: string | null;
  /** A text to show in messages; absent if the default or the parser's example fits. */
  readonly example?: string;
  /** One line of help. */
  readonly help: string;
  /** The unit of its value in JSON; absent if it is no quantity. */
  readonly unit?: "ms" | "bytes";
  /** Whether a file gives it as the rest of its line, as it stands: a command, where # and ; are the shell's. Not if absent. */
  readonly isVerbatim?: true;
  /** Whether its value is masked when it is shown; not if absent. */
  readonly secret?: true;
}

/** A text that a setting can have, for messages. */
export function exampleOf(
  { example, default: standard, parse }: Setting<unknown>,
): string {
  return example ?? standard ?? parse.example ?? parse.words?.[0] ?? "TEXT";
}

/** A table of settings whose values make up `T`. */
export type SettingsTable<T> = { readonly [K in keyof T]: Setting<T[K]> };
