/**
 * What all charts have in common. A chart is as wide as the room that there
 * is: what is drawn is stretched to it, texts keep their size.
 *
 * @module
 */
import { coordinate, escape } from "./markup.ts";
import type { Times } from "./times.ts";

/** How wide what is drawn is before it is stretched. */
export const chartWidth = 720;

/** How high the axis of time is, in pixels. */
export const axisHeight = 20;

/** How many marks fit beside each other on a telephone. */
const mostMarks = 6;

/** What all charts of a report go over; times in wall-clock ms. */
export interface Axis {
  /** When they begin. */
  readonly from: number;
  /** When they end. */
  readonly to: number;
  /** Tells the time. */
  readonly times: Times;
}

/** Where a time is, from 0 to the width of what is drawn. */
export function place({ from, to }: Axis, time: number): number {
  const share = (time - from) / Math.max(1, to - from);
  return Math.min(1, Math.max(0, share)) * chartWidth;
}

/** Draws shapes, to be stretched from `chartWidth` to the chart's width. */
export function stretched(top: number, height: number, shapes: string): string {
  return `<svg y="${top}" width="100%" height="${height}" viewBox="0 0 ${chartWidth} ${height}" preserveAspectRatio="none">${shapes}</svg>`;
}

/** Draws an axis of time below `height`, and lines up to the top from it. */
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

/** What a chart says to those who can't see it. */
export interface Caption {
  /** No other chart on the page has it. */
  readonly id: string;
  /** What it is. */
  readonly title: string;
  /** What there is to be seen. */
  readonly description: string;
}

/** Begins a chart within a page, and ends it. */
export function chart(
  { id, title, description }: Caption,
  height: number,
  content: string,
): string {
  return `<svg class="chart" role="img" aria-labelledby="${id}-t ${id}-d" width="100%" height="${height}"><title id="${id}-t">${
    escape(title)
  }</title><desc id="${id}-d">${escape(description)}</desc>${content}</svg>`;
}

/** The colours, for the light and for the dark, and how they are used. */
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
