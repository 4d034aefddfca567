/**
 * The one error that is a user's business, and the kinds it comes in.
 *
 * @module
 */

/** What kind of mistake stops lifesign before it could find out anything. */
export type MistakeKind =
  /** An unknown command, flag or session, or a flag without its value. */
  | "usage"
  /** A setting that is missing or wrong, wherever it came from. */
  | "config"
  /** A file that the user named is missing, unreadable or holds no UID. */
  | "noinput"
  /** A file can't be written, or an address can't be listened at. */
  | "cantcreat"
  /** Another lifesign holds the lock. */
  | "busy";

/** One thing that the user has to mend. */
export interface Mistake {
  /** Decides the exit code. */
  readonly kind: MistakeKind;
  /**
   * One line: where, what is wrong, and what is expected, as in
   * `--tries: Cannot read "x": expected a whole number from 1 to 20, e.g. 3`.
   */
  readonly message: string;
}

/** Mistakes of the user's, all that were found at once; at least one. */
export class LifesignError extends Error {
  /** Each of them, in the order in which they are to be printed. */
  readonly mistakes: readonly Mistake[];

  /** Takes what is to be told to the user, and what caused it if anything did. */
  constructor(mistakes: readonly Mistake[], options?: ErrorOptions) {
    super(mistakes.map(({ message }) => message).join("\n"), options);
    this.name = "LifesignError";
    this.mistakes = mistakes;
  }
}

/** Throws a `LifesignError` with all mistakes, if there are any. */
export function refuse(mistakes: readonly Mistake[]): void {
  if (mistakes.length > 0) throw new LifesignError(mistakes);
}
