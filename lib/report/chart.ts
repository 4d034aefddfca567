/**
 * The common parts of all charts. A chart fills the width of the page: shapes
 * are stretched, texts keep their size.
 *
 * @module
 */
import { coordinate, escape } from "./markup.ts";
import type { Times } from "./times.ts";

/** The width of the shapes before they are stretched. */
export const chartWidth = 720;

/** The height of the time axis, in pixels. */
export const axisHeight = 20;

/** How many marks fit on the screen of a phone. */
const mostMarks = 6;

/** The time axis of all charts of a report. Times are wall-clock ms. */
export interface Axis {
  /** The begin. */
  readonly from: number;
  /** The end. */
  readonly to: number;
  /** Formats times. */
  readonly times: Times;
}

/** The x coordinate of a time, from 0 to `chartWidth`. */
export function place({ from, to }: Axis, time: number): number {
  const share = (time - from) / Math.max(1, to - from);
  return Math.min(1, Math.max(0, share)) * chartWidth;
}

/** Stretches shapes from `chartWidth` to the width of the chart. */
export function stretched(top: number, height: number, shapes: string): string {
  return `<svg y="${top}" width="100%" height="${height}" viewBox="0 0 ${chartWidth} ${height}" preserveAspectRatio="none">${shapes}</svg>`;
}

/** Draws a time axis below `height`, with vertical lines up to `top`. */
export function timeAxis(axis: Axis, top: number, height: number): string {
  const { from, to, times } = axis;
  return times.marks(from, to, mostMarks).map(({ time, label }) => {
    const at = place(axis, time) / chartWidth;
    const x = `${coordinate(at * 100)}%`;
    const anchor = at < 0.05 ? "start" : at > 0.95 ? "end" : "middle";
    return `<line class="grid" x1="${x}" x2="${x}" y1="${top}" y2="${
      height + 4
    }"/><text class="mark" x="${x}" y="${
      height + 16
    }" text-anchor="${anchor}">${label}</text>`;
  }).join("");
}

/** A label beside a chart. */
export interface Label {
  /** How far down, in pixels. */
  readonly y: number;
  /** Its text. */
  readonly text: string;
}

/** Puts labels of the y axis beside a chart, so that they hide none of the data. */
export function labelled(
  labels: readonly Label[],
  height: number,
  svg: string,
): string {
  const texts = labels.map(({ y, text }) =>
    `<text class="mark" x="100%" y="${coordinate(y + 4)}" text-anchor="end">${
      escape(text)
    }</text>`
  );
  return `<div class="plot"><svg class="labels" height="${height}" aria-hidden="true">${
    texts.join("")
  }</svg>${svg}</div>`;
}

/** Draws horizontal lines at labels. */
export function levels(labels: readonly Label[]): string {
  return labels.map(({ y }) =>
    `<line class="grid" x1="0" x2="100%" y1="${coordinate(y)}" y2="${
      coordinate(y)
    }"/>`
  ).join("");
}

/** A part of a chart that tells more when a pointer rests on it. */
export interface Hint {
  /** Where it begins, in wall-clock ms. */
  readonly from: number;
  /** Where it ends. */
  readonly to: number;
  /** What it tells. */
  readonly text: string;
}

/** Draws what hints need: browsers show the titles of shapes without any script. */
export function hints(
  axis: Axis,
  height: number,
  all: readonly Hint[],
): string {
  return all.map(({ from, to, text }) => {
    const left = place(axis, from);
    const width = Math.max(3, place(axis, to) - left);
    return `<path class="hint" d="M${coordinate(left)} 0h${
      coordinate(width)
    }v${height}h-${coordinate(width)}z"><title>${escape(text)}</title></path>`;
  }).join("");
}

/** The text of a chart for screen readers. */
export interface Caption {
  /** A unique id on the page. */
  readonly id: string;
  /** The title. */
  readonly title: string;
  /** The description. */
  readonly description: string;
}

/** Makes the `svg` element of a chart in a page. */
export function chart(
  { id, title, description }: Caption,
  height: number,
  content: string,
): string {
  return `<svg class="chart" role="img" aria-labelledby="${id}-t ${id}-d" width="100%" height="${height}"><title id="${id}-t">${
    escape(title)
  }</title><desc id="${id}-d">${escape(description)}</desc>${content}</svg>`;
}

/** The colours on white ground. */
const light =
  "--alive:#2e8b63;--network:#c77700;--warn:#965800;--machine:#7b5cc4;--dead:#c01f3a;--smoke:#59626d40;" +
  "--l0:#2e8b63;--l1:#1391bd;--l2:#2b5fd0;--l3:#7a3fd6;--l4:#c233b4;--l5:#c01f3a";

/** The colours on dark ground. */
const dark =
  "--alive:#3fae80;--network:#f0a733;--warn:#f0a733;--machine:#a48bea;--dead:#ff6b7f;--smoke:#9ba5b14d;" +
  "--l0:#3fae80;--l1:#37bce8;--l2:#6c9bff;--l3:#a886ff;--l4:#ee7fe2;--l5:#ff6b7f";

/** The style sheet of charts, with colours for light and dark mode and for paper. */
export const chartStyle = `:root{
--ground:#fff;--ink:#1a1e23;--soft:#59626d;--line:#e3e6ea;--faint:#f4f5f7;
${light}
}
@media (prefers-color-scheme:dark){:root{
--ground:#14171b;--ink:#e7eaee;--soft:#9ba5b1;--line:#2b3138;--faint:#1b1f24;
${dark}
}}
@media print{:root{
--ground:#fff;--ink:#000;--soft:#444;--line:#ccc;--faint:#f4f5f7;
${light}
}}
text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums;fill:var(--ink)}
text.mark{font-size:11px;fill:var(--soft)}
.grid{stroke:var(--line);stroke-width:1;shape-rendering:crispEdges}
.base{stroke:var(--soft);stroke-width:1;stroke-dasharray:2 4;vector-effect:non-scaling-stroke}
path.alive{fill:var(--alive)}path.network{fill:var(--network)}path.machine{fill:var(--machine)}path.dead{fill:var(--dead)}
path.smoke{fill:var(--smoke)}path.shared{fill:var(--smoke)}path.hint{fill:transparent}
path.hint:hover{fill:var(--smoke)}
.l0{fill:var(--l0)}.l1{fill:var(--l1)}.l2{fill:var(--l2)}.l3{fill:var(--l3)}.l4{fill:var(--l4)}.l5{fill:var(--l5)}
.o0{opacity:.25}.o1{opacity:.4}.o2{opacity:.6}.o3{opacity:.8}
.ground{fill:var(--ground)}`;
