/**
 * The chart of round trips, with colours for what was lost.
 *
 * @module
 */
import {
  type Axis,
  axisHeight,
  chart,
  hints,
  type Label,
  labelled,
  levels,
  place,
  stretched,
  timeAxis,
} from "./chart.ts";
import {
  type Losses,
  lossOf,
  type SessionFigures,
  type TimeSlot,
} from "./figures.ts";
import { coordinate } from "./markup.ts";
import { percent, plural, roundTrip, span } from "../words.ts";

/** The height of the plot. */
const plotHeight = 140;

/** Room above the highest line. */
const top = 8;

/** What share of tries is lost at most for each colour. */
const lossLevels = [0, 0.05, 0.1, 0.2, 0.5, 1];

/** A chart, and what stands above it. */
export interface Figure {
  /** Its heading. */
  readonly heading: string;
  /** A line that explains it. */
  readonly remark: string;
  /** Its legend, in HTML. */
  readonly legend: string;
  /** The image, in HTML. */
  readonly image: string;
}

/** Draws the round trips over time: the median in the colour of the losses, in front of the spread; `null` without any. */
export function roundTripChart(
  figures: SessionFigures,
  axis: Axis,
  id: string,
): Figure | null {
  const { session, roundTrips, losses, longestInterval } = figures;
  const { width, values } = figures.overTime;
  if (roundTrips === null) return null;
  const scale = scaleOf(values);
  const smoke: string[] = [];
  const medians: string[][] = lossLevels.map(() => []);
  for (const slot of values) {
    // No further than its cycles: where nobody watched there is nothing to draw.
    const from = Math.max(slot.time, slot.first - longestInterval);
    const to = Math.min(slot.time + width, slot.last + longestInterval);
    const left = place(axis, from);
    const right = Math.max(left + 1, place(axis, to));
    const box = (high: number, low: number) =>
      `M${coordinate(left)} ${coordinate(high)}H${coordinate(right)}V${
        coordinate(low)
      }H${coordinate(left)}z`;
    const level = medians[levelOf(slot)]!;
    const { roundTrips: trips } = slot;
    if (trips !== null) {
      smoke.push(box(scale.place(trips.p95), scale.place(trips.least)));
      const middle = scale.place(trips.median);
      level.push(box(middle - 1.5, middle + 1.5));
    } else if (slot.lost > 0) level.push(box(plotHeight - 4, plotHeight));
  }
  const shapes = [
    `<path class="smoke" d="${smoke.join("")}"/>`,
    ...medians.map((path, at) =>
      path.length === 0 ? "" : `<path class="l${at}" d="${path.join("")}"/>`
    ),
    hints(axis, plotHeight, values.map((slot) => hintOf(slot, width, axis))),
  ];
  const svg = chart(
    {
      id,
      title: `Round trips of ${session}`,
      description: `Median ${roundTrip(roundTrips.median)}, 95th percentile ${
        roundTrip(roundTrips.p95)
      }; ${percent(lossOf(losses))} of ${
        plural(losses.tries, "try", "tries")
      } lost.`,
    },
    plotHeight + axisHeight,
    timeAxis(axis, top, plotHeight) + levels(scale.labels) +
      stretched(0, plotHeight, shapes.join("")),
  );
  return {
    heading: "Round trips and losses",
    remark: `Median of each ${
      span(width)
    }, in the colour of what was lost; grey from the shortest to the 95th percentile; at the bottom where nothing was answered`,
    legend: lossLegend(),
    image: labelled(scale.labels, plotHeight + axisHeight, svg),
  };
}

/** The number of the colour of losses. */
function levelOf(losses: Losses): number {
  const share = lossOf(losses) ?? 0;
  return lossLevels.findIndex((most) => share <= most);
}

function lossLegend(): string {
  const words = lossLevels.map((most, at) =>
    most === 0
      ? "none lost"
      : most === 1
      ? `more than ${percent(lossLevels[at - 1]!)}`
      : `up to ${percent(most)}`
  );
  const entries = words.map((word, at) =>
    `<li><svg class="sample" width="14" height="14" aria-hidden="true"><path class="l${at}" d="M0 5h14v4h-14z"/></svg> ${word}</li>`
  );
  return `<ul class="legend">${entries.join("")}</ul>`;
}

function hintOf(slot: TimeSlot, width: number, { times }: Axis) {
  const { time, tries, lost, roundTrips } = slot;
  const trips = roundTrips === null
    ? "no round trip"
    : `median ${roundTrip(roundTrips.median)}, from ${
      roundTrip(roundTrips.least)
    } to ${roundTrip(roundTrips.p95)}`;
  return {
    from: time,
    to: time + width,
    text: `${times.format(time)}: ${trips}, ${lost} of ${
      plural(tries, "try", "tries")
    } lost`,
  };
}

/** Makes a scale from 0, or a logarithmic one if the values differ much. */
function scaleOf(values: readonly TimeSlot[]) {
  let least = Infinity;
  let most = 0.1;
  let typical = 0.1;
  for (const { roundTrips } of values) {
    if (roundTrips === null) continue;
    least = Math.min(least, roundTrips.least);
    most = Math.max(most, roundTrips.p95);
    typical = Math.max(typical, roundTrips.median);
  }
  return most > 10 * Math.max(0.1, least) && most > 4 * typical ||
      most > 100 * Math.max(0.1, least)
    ? logarithmic(Math.max(0.1, least), most)
    : linear(most);
}

function linear(most: number) {
  const step = roundStep(most / 3);
  const count = Math.ceil(most / step - 1e-9);
  const place = (ms: number) =>
    plotHeight - ms / (count * step) * (plotHeight - top);
  return { place, labels: labelsOf(place, count + 1, (at) => at * step) };
}

/** Makes a scale with a label at each power of ten. */
function logarithmic(least: number, most: number) {
  const low = Math.floor(Math.log10(least));
  const high = Math.max(low + 1, Math.ceil(Math.log10(most)));
  const place = (ms: number) => {
    const share = (Math.log10(Math.max(ms, 10 ** low)) - low) / (high - low);
    return plotHeight - share * (plotHeight - top);
  };
  return {
    place,
    labels: labelsOf(place, high - low + 1, (at) => 10 ** (low + at)),
  };
}

function labelsOf(
  place: (ms: number) => number,
  count: number,
  valueOf: (at: number) => number,
): Label[] {
  return Array.from({ length: count }, (_, at) => {
    const ms = valueOf(at);
    return { y: place(ms), text: ms === 0 ? "0" : roundTrip(ms) };
  });
}

/** The smallest of 1, 2, 5, 10, 20 … that is not less. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((n) => n * power).find((step) => step >= least)!;
}
