/**
 * Charts of when sessions were alive, faulty and dead.
 *
 * @module
 */
import {
  type Axis,
  axisHeight,
  chart,
  chartWidth,
  place,
  stretched,
  timeAxis,
} from "./chart.ts";
import type { SessionFigures } from "./figures.ts";
import { escape } from "./markup.ts";
import type { Condition, Stretch } from "./stretches.ts";
import { percent } from "../words.ts";

/** The height of a session's strip. */
const stripHeight = 32;

/** The height of its name. */
const nameHeight = 20;

/** The height of each condition, so that colours are not the only sign. */
const heights = { alive: 10, fault: 20, dead: 32 } as const;

type Visible = keyof typeof heights;

/** Where conditions share a column, the one with the greatest weight is drawn. */
const weights: Readonly<Record<Condition, number>> = {
  unwatched: 1,
  alive: 2,
  fault: 3,
  dead: 4,
};

/** Draws the timeline of one session for a page. */
export function timeline(
  figures: SessionFigures,
  axis: Axis,
  id: string,
): string {
  return chart(
    { id, title: `Timeline of ${figures.session}`, description: sum(figures) },
    stripHeight + axisHeight,
    timeAxis(axis, 0, stripHeight) + strip(figures, axis, 0),
  );
}

/** Draws the timelines of several sessions for a page, with their names. */
export function timelines(
  all: readonly SessionFigures[],
  axis: Axis,
  id: string,
): string {
  return chart(
    { id, title: "Timeline", description: describe(all) },
    rowsHeight(all) + axisHeight,
    rows(all, axis),
  );
}

/** Draws a condition for a legend, in 14 by 14 pixels. */
export function sample(condition: Condition): string {
  return `<svg class="sample" width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">${
    shape(condition, 14)
  }</svg>`;
}

/** Draws a condition in a square of `size` pixels. */
export function shape(condition: Condition, size: number): string {
  if (condition === "unwatched") {
    return `<line class="base" x1="0" x2="${size}" y1="${size / 2}" y2="${
      size / 2
    }"/>`;
  }
  const height = size * heights[condition] / stripHeight;
  return `<path class="${condition}" d="M0 ${
    (size - height) / 2
  }h${size}v${height}h-${size}z"/>`;
}

/** The height of the rows of sessions, in pixels. */
export function rowsHeight(all: readonly SessionFigures[]): number {
  return all.length * (nameHeight + stripHeight);
}

/** Draws a row for each session, and the time axis below them. */
export function rows(all: readonly SessionFigures[], axis: Axis): string {
  const strips = all.map((figures, at) => {
    const top = at * (nameHeight + stripHeight);
    return `<text x="0" y="${top + 14}">${
      escape(shorten(figures.session))
    }</text><text class="mark" x="100%" y="${top + 14}" text-anchor="end">${
      escape(percent(figures.availability))
    }</text>${strip(figures, axis, top + nameHeight)}`;
  });
  return timeAxis(axis, nameHeight, rowsHeight(all)) + strips.join("");
}

function shorten(name: string): string {
  return name.length > 32 ? `${name.slice(0, 31)}…` : name;
}

function strip(
  { stretches }: SessionFigures,
  axis: Axis,
  top: number,
): string {
  const middle = stripHeight / 2;
  const columns = columnsOf(stretches, axis);
  const words = Object.keys(heights) as Visible[];
  const paths = words.map((condition) => {
    const path = pathOf(columns, condition);
    return path === "" ? "" : `<path class="${condition}" d="${path}"/>`;
  });
  return stretched(
    top,
    stripHeight,
    `<path class="base" d="M0 ${middle}H${chartWidth}"/>${paths.join("")}`,
  );
}

/** The condition with the greatest weight in each column; `undefined` if unknown. */
function columnsOf(
  stretches: readonly Stretch[],
  axis: Axis,
): readonly (Condition | undefined)[] {
  const columns = Array.from<Condition | undefined>({ length: chartWidth });
  for (const { condition, from, to } of stretches) {
    const first = Math.floor(place(axis, from));
    const last = Math.max(first, Math.ceil(place(axis, to)) - 1);
    for (let at = first; at <= last && at < chartWidth; at++) {
      const other = columns[at];
      if (other === undefined || weights[condition] > weights[other]) {
        columns[at] = condition;
      }
    }
  }
  return columns;
}

/** Draws all columns of a condition, neighbours as one shape. */
function pathOf(
  columns: readonly (Condition | undefined)[],
  condition: Visible,
): string {
  const height = heights[condition];
  const top = (stripHeight - height) / 2;
  let path = "";
  for (let at = 0; at < columns.length; at++) {
    if (columns[at] !== condition) continue;
    const start = at;
    while (columns[at + 1] === condition) at++;
    const width = at + 1 - start;
    path += `M${start} ${top}h${width}v${height}h-${width}z`;
  }
  return path;
}

/** Describes the timelines for screen readers. */
export function describe(all: readonly SessionFigures[]): string {
  return all.slice(0, 20).map((figures) =>
    `${figures.session}: ${sum(figures)}`
  )
    .join(" ");
}

function sum({ availability, outages, deaths }: SessionFigures): string {
  return `alive for ${percent(availability)} of the watched time, ${
    outages.length - deaths
  } × fault, ${deaths} × dead.`;
}
