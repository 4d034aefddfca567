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
  type Hint,
  hints,
  labelled,
  place,
  stretched,
  timeAxis,
} from "./chart.ts";
import type { SessionFigures } from "./figures.ts";
import { coordinate, escape } from "./markup.ts";
import type { SharedOutage } from "./shared.ts";
import { availableIn } from "./story.ts";
import type { Durations, Kind, Stretch } from "./stretches.ts";
import { span } from "../words.ts";

/** The height of a session's strip. */
const stripHeight = 32;

/** The height of its name. */
const nameHeight = 20;

/** The height of each kind, so that colours are not the only sign. */
const heights = { alive: 10, machine: 16, network: 22, dead: 32 } as const;

type Visible = keyof typeof heights;

/** Where kinds share a column, the one with the greatest weight is drawn. */
const weights: Readonly<Record<Kind, number>> = {
  unwatched: 1,
  alive: 2,
  machine: 3,
  network: 4,
  dead: 5,
};

/** The words for kinds of time. */
export const kindWords: Readonly<Record<Kind, string>> = {
  alive: "alive",
  network: "network fault",
  machine: "fault of this machine",
  dead: "dead",
  unwatched: "unwatched",
};

/** How many parts of a timeline tell more. */
const mostHints = 300;

/** Draws the timeline of one session for a page. */
export function timeline(
  figures: SessionFigures,
  axis: Axis,
  id: string,
): string {
  const parts = hints(axis, stripHeight, hintsOf(figures, axis));
  const height = stripHeight + axisHeight;
  const svg = chart(
    { id, title: `Timeline of ${figures.session}`, description: sum(figures) },
    height,
    timeAxis(axis, 0, stripHeight) + strip(figures, axis, 0) +
      stretched(0, stripHeight, parts),
  );
  return labelled([], height, svg);
}

/** Draws the timeline of a session in a row of a table, over the outages that sessions share. */
export function rowTimeline(
  figures: SessionFigures,
  shared: readonly SharedOutage[],
  axis: Axis,
): string {
  const bands = shared.map(({ from, to }) => {
    const left = place(axis, from);
    const width = Math.max(2, place(axis, to) - left);
    return `M${coordinate(left)} 0h${coordinate(width)}v${stripHeight}h-${
      coordinate(width)
    }z`;
  });
  const band = bands.length === 0 ? "" : stretched(
    0,
    stripHeight,
    `<path class="shared" d="${bands.join("")}"/>`,
  );
  return `<svg class="chart" role="img" aria-label="${
    escape(sum(figures))
  }" width="100%" height="${stripHeight}">${band}${
    strip(figures, axis, 0)
  }</svg>`;
}

/** Draws the time axis above such rows. */
export function rowAxis(axis: Axis): string {
  return `<svg class="chart" aria-hidden="true" width="100%" height="${axisHeight}">${
    timeAxis(axis, 0, 0)
  }</svg>`;
}

/** What the parts of a timeline tell. */
function hintsOf({ stretches }: SessionFigures, { times }: Axis): Hint[] {
  return stretches.filter(({ condition }) => condition !== "alive")
    .slice(-mostHints)
    .map(({ kind, from, to, verdicts, errors }) => {
      const what = [...verdicts, ...errors].join(", ");
      return {
        from,
        to,
        text: `${kindWords[kind]}: ${times.format(from)} to ${
          times.format(to)
        }, ${span(to - from)}${what === "" ? "" : ` (${what})`}`,
      };
    });
}

/** Draws a kind for a legend, in 14 by 14 pixels. */
function sample(kind: Kind): string {
  return `<svg class="sample" width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">${
    shape(kind, 14)
  }</svg>`;
}

/** Tells what the colours mean, and how long each kind of time lasted. */
export function legend(durations: Durations): string {
  const kinds = Object.entries(durations) as [Kind, number][];
  const entries = kinds.filter(([, length]) => length > 0).map((
    [kind, length],
  ) =>
    `<li>${sample(kind)} ${kindWords[kind]} <b>${escape(span(length))}</b></li>`
  );
  return `<ul class="legend">${entries.join("")}</ul>`;
}

/** Draws a kind in a square of `size` pixels. */
export function shape(kind: Kind, size: number): string {
  if (kind === "unwatched") {
    return `<line class="base" x1="0" x2="${size}" y1="${size / 2}" y2="${
      size / 2
    }"/>`;
  }
  const height = size * heights[kind] / stripHeight;
  return `<path class="${kind}" d="M0 ${
    coordinate((size - height) / 2)
  }h${size}v${coordinate(height)}h-${size}z"/>`;
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
      escape(availableIn(figures))
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
  const paths = words.map((kind) => {
    const path = pathOf(columns, kind);
    return path === "" ? "" : `<path class="${kind}" d="${path}"/>`;
  });
  return stretched(
    top,
    stripHeight,
    `<path class="base" d="M0 ${middle}H${chartWidth}"/>${paths.join("")}`,
  );
}

/** The kind with the greatest weight in each column; `undefined` if unknown. */
function columnsOf(
  stretches: readonly Stretch[],
  axis: Axis,
): readonly (Kind | undefined)[] {
  const columns = Array.from<Kind | undefined>({ length: chartWidth });
  for (const { kind, from, to } of stretches) {
    const first = Math.floor(place(axis, from));
    const last = Math.max(first, Math.ceil(place(axis, to)) - 1);
    for (let at = first; at <= last && at < chartWidth; at++) {
      const other = columns[at];
      if (other === undefined || weights[kind] > weights[other]) {
        columns[at] = kind;
      }
    }
  }
  return columns;
}

/** Draws all columns of a kind, neighbours as one shape. */
function pathOf(
  columns: readonly (Kind | undefined)[],
  kind: Visible,
): string {
  const height = heights[kind];
  const top = (stripHeight - height) / 2;
  let path = "";
  for (let at = 0; at < columns.length; at++) {
    if (columns[at] !== kind) continue;
    const start = at;
    while (columns[at + 1] === kind) at++;
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

function sum(figures: SessionFigures): string {
  const { network, machine, dead } = figures.counts;
  return `alive ${
    availableIn(figures)
  }, ${network} × network fault, ${machine} × fault of this machine, ${dead} × dead.`;
}
