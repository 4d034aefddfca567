/**
 * What `deno test` prints, line by line.
 *
 * @module
 */

/** The result of a test or of a step of one. */
export interface Result {
  /** Its name, with the file where files run at the same time, and with the test for a step. */
  readonly name: string;
  /** How it went. */
  readonly status: "ok" | "FAILED" | "ignored";
}

/** How many tests went how. */
export interface Counts {
  /** Those that passed. */
  readonly passed: number;
  /** Those that failed. */
  readonly failed: number;
  /** Those that were skipped. */
  readonly skipped: number;
}

/** A run that did not get to its end is a failure. */
export const broken: Counts = { passed: 0, failed: 1, skipped: 0 };

/** The result in a line; `undefined` if there is none. */
export function resultIn(line: string): Result | undefined {
  const [, name, status] =
    /^\s*(.+) \.\.\. (ok|FAILED|ignored)(?: \(.*\))?$/.exec(line) ?? [];
  if (name === undefined) return undefined;
  return { name, status: status as Result["status"] };
}

/** The counts in a line, the last one of a run; `undefined` if it is none. */
export function countsIn(line: string): Counts | undefined {
  if (!/^(?:ok|FAILED) \| \d+ passed\b/.test(line)) return undefined;
  const count = (what: string) =>
    Number(new RegExp(` (\\d+) ${what}\\b`).exec(line)?.[1] ?? 0);
  return {
    passed: count("passed"),
    failed: count("failed"),
    skipped: count("ignored"),
  };
}

/** Why something is skipped: its name ends in "(skipped: reason)"; `undefined` if it isn't. */
export function reasonOf({ name, status }: Result): string | undefined {
  if (status !== "ignored") return undefined;
  return /\(skipped: (.*)\)$/.exec(name)?.[1] ?? "no reason is known";
}

/** One line for each reason, which says how often it came up. */
export function reasonLines(reasons: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const reason of reasons) {
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].toSorted(([a], [b]) => a < b ? -1 : 1)
    .map(([reason, count]) => `skipped ${count}: ${reason}`);
}

/** The last line of all runs together. */
export function summaryOf(runs: readonly Counts[], seconds: number): string {
  const sum = (key: keyof Counts) =>
    runs.reduce((sum, counts) => sum + counts[key], 0);
  const state = sum("failed") === 0 ? "ok" : "FAILED";
  return `${state}: ${sum("passed")} passed, ${sum("failed")} failed, ${
    sum("skipped")
  } skipped in ${Math.round(seconds)} s`;
}
