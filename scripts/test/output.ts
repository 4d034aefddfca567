/**
 * Reads the lines of `deno test`.
 *
 * @module
 */

/** The result of a test or step. */
export interface Result {
  /** Its name, with the file if files run in parallel, and with the test for a step. */
  readonly name: string;
  /** Its status. */
  readonly status: "ok" | "FAILED" | "ignored";
}

/** The numbers of tests by result. */
export interface Counts {
  /** Passed tests. */
  readonly passed: number;
  /** Failed tests. */
  readonly failed: number;
  /** Skipped tests. */
  readonly skipped: number;
}

/** The counts of a run that did not reach its end. */
export const broken: Counts = { passed: 0, failed: 1, skipped: 0 };

/** The result in a line; `undefined` if there is none. */
export function resultIn(line: string): Result | undefined {
  const [, name, status] =
    /^\s*(.+) \.\.\. (ok|FAILED|ignored)(?: \(.*\))?$/.exec(line) ?? [];
  if (name === undefined) return undefined;
  return { name, status: status as Result["status"] };
}

/** The counts in the last line of a run; `undefined` in other lines. */
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

/** The reason of a skipped test, from a name that ends in "(skipped: REASON)"; `undefined` if it ran. */
export function reasonOf({ name, status }: Result): string | undefined {
  if (status !== "ignored") return undefined;
  return /\(skipped: (.*)\)$/.exec(name)?.[1] ?? "no reason is known";
}

/** Writes a line with the count of each reason. */
export function reasonLines(reasons: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const reason of reasons) {
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].toSorted(([a], [b]) => a < b ? -1 : 1)
    .map(([reason, count]) => `skipped ${count}: ${reason}`);
}

/** Writes the last line for all runs together. */
export function summaryOf(runs: readonly Counts[], seconds: number): string {
  const sum = (key: keyof Counts) =>
    runs.reduce((sum, counts) => sum + counts[key], 0);
  const state = sum("failed") === 0 ? "ok" : "FAILED";
  return `${state}: ${sum("passed")} passed, ${sum("failed")} failed, ${
    sum("skipped")
  } skipped in ${Math.round(seconds)} s`;
}
