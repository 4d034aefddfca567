/**
 * A line in a terminal that says that something is still to come.
 *
 * @module
 */

/** A line that comes and goes. */
export interface WaitingLine {
  /** Shows it. */
  begin(): void;
  /** Erases it, if it is shown. */
  end(): void;
}

/** Makes a line for a terminal that `write()` reaches. */
export function waitingLine(
  write: (text: string) => void,
  text: string,
): WaitingLine {
  let isShown = false;
  return {
    begin() {
      isShown = true;
      write(`  … ${text}`);
    },
    end() {
      // Back to the beginning of the line, and erase it (ECMA-48).
      if (isShown) write("\r\x1b[K");
      isShown = false;
    },
  };
}
