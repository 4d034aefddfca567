/**
 * The error for mistakes of the user, and their kinds.
 *
 * @module
 */

/** The kind of a mistake. */
export type MistakeKind =
  /** An unknown command, flag or session, a flag without its value, or a password in a target. */
  | "usage"
  /** A setting that is missing or wrong. */
  | "config"
  /** A file that the user named is missing, unreadable or holds no UID. */
  | "noinput"
  /** A file can't be written, or an address can't be listened at. */
  | "cantcreat"
  /** Another lifesign holds the lock. */
  | "busy";

/** One thing that the user has to correct. */
export interface Mistake {
  /** Decides the exit code. */
  readonly kind: MistakeKind;
  /** One line: the place, what is wrong, and what is expected. */
  readonly message: string;
}

/** All mistakes of the user that were found; at least one. */
export class LifesignError extends Error {
  /** The mistakes in the order to print them. */
  readonly mistakes: readonly Mistake[];

  /** Takes the mistakes, and the cause if there is one. */
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
