/**
 * Makes Markdown tables in the style of `deno fmt`.
 *
 * @module
 */

/** Makes a table. The first `left` columns are aligned to the left, the others to the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  left = 0,
): string {
  const widths = head.map((_, k) =>
    Math.max(3, ...[head, ...rows].map((row) => row[k]!.length))
  );
  const rule = widths.map((width, k) =>
    k < left ? "-".repeat(width) : `${"-".repeat(width - 1)}:`
  );
  const line = (cells: readonly string[]) =>
    `| ${
      cells.map((cell, k) =>
        k < left ? cell.padEnd(widths[k]!) : cell.padStart(widths[k]!)
      ).join(" | ")
    } |`;
  return [head, rule, ...rows].map(line).join("\n");
}
