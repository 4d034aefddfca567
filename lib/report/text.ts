/**
 * Sentences, times and tables in HTML.
 *
 * @module
 */
import { escape } from "./markup.ts";
import type { Times } from "./times.ts";

/** Escapes a sentence. No line breaks in a time, or between a number and its unit. */
export function sentence(text: string): string {
  return escape(text).replace(/(\d) (?=(s|min|h|d|ms|%)(\W|$))/g, "$1\u00a0")
    .replace(
      /(\d{4}-\d\d-\d\d( at)? )?\d\d:\d\d:\d\d/g,
      '<span class="w">$&</span>',
    );
}

/** Writes a time for people and for programs. */
export function timeTag(time: number, times: Times): string {
  const [date, clock] = times.format(time).split(" ");
  return `<time datetime="${
    new Date(time).toISOString()
  }"><span class="w">${date}</span> ${clock}</time>`;
}

/** Makes a table of cells. The heads of columns of numbers end with `#`. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const cells = heads.map((head) =>
    head.endsWith("#")
      ? `<th scope="col" class="n">${head.slice(0, -1)}</th>`
      : `<th scope="col">${head}</th>`
  );
  return `<div class="scroll"><table><thead><tr>${
    cells.join("")
  }</tr></thead><tbody>
${rows.map((row) => `<tr>${row.join("")}</tr>`).join("\n")}
</tbody></table></div>`;
}

/** A cell with a number or an amount. */
export function number(text: string): string {
  return `<td class="n">${escape(text)}</td>`;
}

/** Puts a heading and a caption above a chart. */
export function figure(
  heading: string,
  caption: string,
  image: string,
): string {
  return `<figure><figcaption><h3>${heading}</h3>${caption}</figcaption>${image}</figure>`;
}

/** A line in a caption. */
export function remark(text: string): string {
  return `<p>${sentence(text)}</p>`;
}
