/**
 * What a setting is: a row of the table that help, files, flags, environment
 * and the README's table are made from.
 *
 * @module
 */
import type { Parser } from "./parsers.ts";

/** What one setting is. */
export interface Setting<T> {
  /** Its long flag takes a value, shown so in help; absent if it is set by switches alone. */
  readonly value?: string;
  /** Its one-letter flag, with the hyphen. */
  readonly short?: string;
  /** Flags without a value, and the text that each stands for. */
  readonly switches?: Readonly<Record<string, string>>;
  /** Whether its flag may be repeated; the texts are then joined by commas. */
  readonly repeatable?: boolean;
  /** Reads its text, from whichever layer. */
  readonly parse: Parser<NonNullable<T>>;
  /** The text that it has by default; `null` for none, whose value is `null`. */
  readonly default: string | null;
  /** A text to show in messages; absent if the default or the parser's example fits. */
  readonly example?: string;
  /** One line for people. */
  readonly help: string;
  /** What programs get its value in; absent if it is no quantity. */
  readonly unit?: "ms" | "bytes";
  /** Whether its value is shown in part only. */
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
