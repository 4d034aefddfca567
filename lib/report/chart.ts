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

/** The style sheet of charts, with colours for light and dark mode. */
export const chartStyle = `:root{
--ground:#fff;--ink:#1a1e23;--soft:#59626d;--line:#e3e6ea;--faint:#f4f5f7;
--alive:#2e8b63;--fault:#c77700;--warn:#965800;--dead:#c01f3a;--trip:#2b65c7;--band:#2b65c733
}
@media (prefers-color-scheme:dark){:root{
--ground:#14171b;--ink:#e7eaee;--soft:#9ba5b1;--line:#2b3138;--faint:#1b1f24;
--alive:#3fae80;--fault:#f0a733;--warn:#f0a733;--dead:#ff6b7f;--trip:#7eaaf5;--band:#7eaaf540
}}
text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums;fill:var(--ink)}
text.mark{font-size:11px;fill:var(--soft);stroke:var(--ground);stroke-width:3px;stroke-linejoin:round;paint-order:stroke}
.grid{stroke:var(--line);stroke-width:1;shape-rendering:crispEdges}
.base{stroke:var(--soft);stroke-width:1;stroke-dasharray:2 4;vector-effect:non-scaling-stroke}
path.alive{fill:var(--alive)}path.fault{fill:var(--fault)}path.dead{fill:var(--dead)}
path.trip{fill:none;stroke:var(--trip);stroke-width:1.5;vector-effect:non-scaling-stroke;stroke-linejoin:round}
path.band{fill:var(--band)}
.ground{fill:var(--ground)}`;
