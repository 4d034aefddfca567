/**
 * Charts by day: a bar for each, and a heat map of their hours.
 *
 * @module
 */
import type { HeatMap } from "./calendar.ts";
import {
  type Axis,
  axisHeight,
  chart,
  chartWidth,
  hints,
  type Label,
  labelled,
  levels,
  place,
  stretched,
  timeAxis,
} from "./chart.ts";
import type { DayFigures, SessionFigures } from "./figures.ts";
import { coordinate, escape } from "./markup.ts";
import { availableIn } from "./story.ts";
import { type Durations, type Kind, sharesOf } from "./stretches.ts";
import { kindWords } from "./timeline.ts";
import { span } from "../words.ts";

/** The height of a full day. */
const barHeight = 96;

/** Room above it. */
const top = 8;

/** What is seen of a day at least, if there is anything. */
const leastHeight = 3;

/** From the ground up. */
const stack: readonly Exclude<Kind, "unwatched">[] = [
  "dead",
  "network",
  "machine",
  "alive",
];

const hourMs = 3_600_000;

/** Draws a bar for each day: what of it was watched, and how that was. */
export function dayBars(
  { session, days }: SessionFigures,
  axis: Axis,
  id: string,
): string {
  const scale = (barHeight - top) / (24 * hourMs);
  const paths: Partial<Record<Kind, string>> = {};
  for (const { from, to, durations } of days) {
    const left = place(axis, from);
    const width = Math.max(1, (place(axis, to) - left) * 0.92);
    let low = barHeight;
    for (const kind of stack) {
      if (durations[kind] === 0) continue;
      const high = Math.max(
        top,
        low - Math.max(leastHeight, durations[kind] * scale),
      );
      paths[kind] = `${paths[kind] ?? ""}M${coordinate(left)} ${
        coordinate(low)
      }V${coordinate(high)}h${coordinate(width)}V${coordinate(low)}z`;
      low = high;
    }
  }
  const labels: Label[] = [0, 12, 24].map((hours) => ({
    y: barHeight - hours * hourMs * scale,
    text: `${hours} h`,
  }));
  const shapes = Object.entries(paths).map(([kind, path]) =>
    `<path class="${kind}" d="${path}"/>`
  );
  const told = days.map((day) => ({ ...day, text: textOf(day) }));
  const height = barHeight + axisHeight;
  const svg = chart(
    {
      id,
      title: `Days of ${session}`,
      description: `${days.length} days, ${
        days.filter(({ outages }) => outages > 0).length
      } of them with outages.`,
    },
    height,
    timeAxis(axis, top, barHeight) + levels(labels) +
      stretched(0, barHeight, shapes.join("") + hints(axis, barHeight, told)),
  );
  return labelled(labels, height, svg);
}

function textOf(day: DayFigures): string {
  return `${day.date}: available ${availableIn(day)}; ${tell(day.durations)}`;
}

/** What a time was like, in words. */
function tell(sums: Durations): string {
  const kinds = Object.entries(sums) as [Kind, number][];
  return kinds.filter(([, length]) => length > 0)
    .map(([kind, length]) => `${kindWords[kind]} ${span(length)}`).join(", ");
}

/** So many rows have room for their labels. */
const fewRows = 45;

/** The width of an hour before it is stretched. */
const cellWidth = chartWidth / 24;

/** Whether a time is long enough for charts and tables by day. */
export function hasDays(
  { from, to }: { readonly from: number | null; readonly to: number },
): boolean {
  return from !== null && to - from > 24 * hourMs;
}

/** What a heat map shows, in words. */
export const heatWords =
  "The stronger the colour, the longer it was not alive; as wide as it was watched";

/** Draws a row for each day, or for several, with a cell for each hour. */
export function heatMap(
  { daysPerRow, rows }: HeatMap,
  { id, name }: { readonly id: string; readonly name: string },
): string {
  const isDense = rows.length > fewRows;
  const rowHeight = isDense ? 8 : 14;
  const plotHeight = rows.length * rowHeight;
  const plain = new Map<string, string>();
  const telling: string[] = [];
  const days = daysPerRow === 1 ? "" : ` and ${daysPerRow - 1} days on`;
  for (const [row, { date, hours }] of rows.entries()) {
    for (const [hour, sums] of hours.entries()) {
      const style = sums && styleOf(sums);
      if (sums === null || style === null) continue;
      const { coverage, length } = sharesOf(sums);
      const width = coordinate(Math.max(3, (cellWidth - 1) * (coverage ?? 0)));
      const path = `M${hour * cellWidth} ${row * rowHeight}h${width}v${
        rowHeight - 1
      }h-${width}z`;
      const isCalm = sums.alive === length;
      if (isCalm) plain.set(style, `${plain.get(style) ?? ""}${path}`);
      else {
        telling.push(
          `<path class="${style}" d="${path}"><title>${
            escape(`${date}${days}, ${hour}:00: ${tell(sums)}`)
          }</title></path>`,
        );
      }
    }
  }
  const every = isDense ? 7 : 1;
  const labels = rows.map(({ date }, at) => ({
    y: at * rowHeight + rowHeight / 2,
    text: daysPerRow === 1
      ? `${weekday(date)} ${date.slice(5)}`
      : date.slice(2),
  })).filter((_, at) => at % every === 0);
  const hours = [0, 3, 6, 9, 12, 15, 18, 21].map((hour) =>
    `<text class="mark" x="${coordinate((hour + 0.5) / 24 * 100)}%" y="${
      plotHeight + 14
    }" text-anchor="middle">${hour}</text>`
  );
  const calm = [...plain].map(([style, path]) =>
    `<path class="${style}" d="${path}"/>`
  );
  const height = plotHeight + axisHeight;
  const svg = chart(
    {
      id,
      title: `Hours of ${name}`,
      description:
        "A row for each day, a cell for each hour. The tables have the figures.",
    },
    height,
    stretched(0, plotHeight, calm.join("") + telling.join("")) + hours.join(""),
  );
  return labelled(labels, height, svg);
}

/** The classes of an hour's cell; `null` if nobody watched. */
function styleOf(sums: Durations): string | null {
  const { availability } = sharesOf(sums);
  if (availability === null) return null;
  if (availability === 1) return "alive o0";
  const [first = "network"] = (["dead", "network", "machine"] as const)
    .toSorted((a, b) => sums[b] - sums[a]);
  const level = [0.01, 0.1, 0.5].filter((least) => 1 - availability >= least);
  return `${first} o${level.length + 1}`;
}

function weekday(date: string): string {
  const number = new Date(`${date}T00:00Z`).getUTCDay();
  return ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][number]!;
}
