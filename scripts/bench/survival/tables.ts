/**
 * Tables in Markdown, laid out as `deno fmt` does it.
 *
 * @module
 */

/** A table whose cells are all aligned to the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = head.map((_, k) =>
    Math.max(...[head, ...rows].map((row) => row[k]!.length))
  );
  const rule = widths.map((width) => `${"-".repeat(width - 1)}:`);
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, k) => cell.padStart(widths[k]!)).join(" | ")} |`;
  return [head, rule, ...rows].map(line).join("\n");
}

/** A share, 0 to 1, in percent; 0.0 means none and 100.0 means all. */
export function percent(share: number): string {
  if (share > 0 && share < 0.0005) return "< 0.1 %";
  if (share < 1 && share >= 0.9995) return "> 99.9 %";
  return `${(share * 100).toFixed(1)} %`;
}

/** A time in ms, in seconds. */
export function seconds(ms: number): string {
  return ms === Infinity ? "never" : `${(ms / 1000).toFixed(1)} s`;
}
