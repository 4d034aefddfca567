/**
 * Charts of round trips and losses over time.
 *
 * @module
 */
import {
  type Axis,
  axisHeight,
  chart,
  place,
  stretched,
  timeAxis,
} from "./chart.ts";
import {
  type Losses,
  niceWidth,
  type RoundTrips,
  type SessionFigures,
  shareOf,
  sumLosses,
} from "./figures.ts";
import { coordinate, escape } from "./markup.ts";
import { percent, roundTrip, span } from "../words.ts";

/** The height of the plot. */
const plotHeight = 120;

/** Room for the label of the top line. */
const top = 16;

/** A week of hours. */
const mostBars = 168;

const hour = 3_600_000;

/** A chart and the text above it. */
export interface Figure {
  /** Its heading. */
  readonly heading: string;
  /** A line that explains it. */
  readonly remark: string;
  /** The image. */
  readonly svg: string;
}

/** Draws the median and the 95th percentile of the round trips over time; `null` without any. */
export function roundTripChart(
  figures: SessionFigures,
  axis: Axis,
  id: string,
): Figure | null {
  const { roundTrips, roundTripsOverTime: { width, values } } = figures;
  if (roundTrips === null) return null;
  const scale = logarithmic(values);
  const runs = runsOf(values, width).map((run) => {
    const points = run.map((value) => ({
      x: coordinate(place(axis, value.time + width / 2)),
      median: coordinate(scale.place(value.median)),
      p95: coordinate(scale.place(value.p95)),
    }));
    // A point alone is a line of no length, which would not be seen.
    const [only] = points;
    if (only !== undefined && points.length === 1) {
      const dash = `M${only.x} ${only.median}h1`;
      return {
        line: dash,
        band: `M${only.x} ${only.median}V${only.p95}h1V${only.median}z`,
      };
    }
    const line = points.map(({ x, median }) => `${x} ${median}`).join("L");
    const upper = points.map(({ x, p95 }) => `${x} ${p95}`).join("L");
    const lower = points.toReversed().map(({ x, median }) => `${x} ${median}`)
      .join("L");
    return { line: `M${line}`, band: `M${upper}L${lower}z` };
  });
  const shapes = `<path class="band" d="${
    runs.map(({ band }) => band).join("")
  }"/><path class="trip" d="${runs.map(({ line }) => line).join("")}"/>`;
  return {
    heading: "Round trip",
    remark: `Median, and up to the 95th percentile, of each ${span(width)}`,
    svg: chart(
      {
        id,
        title: `Round trips of ${figures.session}`,
        description: `Median ${roundTrip(roundTrips.median)}, 95th percentile ${
          roundTrip(roundTrips.p95)
        }.`,
      },
      plotHeight + axisHeight,
      timeAxis(axis, top, plotHeight) + levels(scale.levels, shapes),
    ),
  };
}

/** Draws the share of lost tries by hour, or by a longer slot in a long period; `null` without tries. */
export function lossChart(
  figures: SessionFigures,
  axis: Axis,
  id: string,
): Figure | null {
  const { lossesByHour, losses } = figures;
  if (losses.tries === 0) return null;
  const width = niceWidth(Math.max(hour, (axis.to - axis.from) / mostBars));
  const bars = sumLosses(lossesByHour, width);
  const most = ceilingOf(bars);
  const scale = (share: number) =>
    plotHeight - share / most * (plotHeight - top);
  const path = bars.filter(({ lost }) => lost > 0).map((bar) => {
    const left = place(axis, bar.time);
    const room = Math.max(1, place(axis, bar.time + width) - left);
    const y = coordinate(Math.min(plotHeight - 1, scale(shareOf(bar))));
    return `M${coordinate(left)} ${plotHeight}V${y}h${
      coordinate(room * 0.86)
    }V${plotHeight}z`;
  });
  return {
    heading: width === hour ? "Loss by hour" : `Loss by ${span(width)}`,
    remark: "Tries that nothing valid answered",
    svg: chart(
      {
        id,
        title: `Losses of ${figures.session}`,
        description: `${percent(shareOf(losses))} of ${losses.tries} tries.`,
      },
      plotHeight + axisHeight,
      timeAxis(axis, top, plotHeight) +
        levels(
          [most / 2, most].map((share) => ({
            y: scale(share),
            label: percent(share),
          })),
          `<path class="fault" d="${path.join("")}"/>`,
        ),
    ),
  };
}

/** Draws horizontal lines below the shapes, and their labels above. */
function levels(
  all: readonly { readonly y: number; readonly label: string }[],
  shapes: string,
): string {
  const lines = all.map(({ y }) =>
    `<line class="grid" x1="0" x2="100%" y1="${coordinate(y)}" y2="${
      coordinate(y)
    }"/>`
  );
  const labels = all.map(({ y, label }) =>
    `<text class="mark" x="0" y="${coordinate(y - 4)}">${escape(label)}</text>`
  );
  return `${lines.join("")}${stretched(0, plotHeight, shapes)}${
    labels.join("")
  }`;
}

/** The top of the scale: a round share that is not less than any bar. */
function ceilingOf(bars: readonly Losses[]): number {
  const most = bars.reduce((most, bar) => Math.max(most, shareOf(bar)), 0);
  return [0.02, 0.1, 0.2, 0.5].find((ceiling) => ceiling >= most) ?? 1;
}

/** Makes a logarithmic scale with a level at each power of ten. */
function logarithmic(values: readonly RoundTrips[]) {
  let least = Infinity;
  let most = 0;
  for (const { median, p95 } of values) {
    least = Math.min(least, median);
    most = Math.max(most, p95);
  }
  const low = Math.floor(Math.log10(Math.max(0.1, least)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(0.1, most))));
  const place = (ms: number) => {
    const share = (Math.log10(Math.max(ms, 10 ** low)) - low) / (high - low);
    return plotHeight - share * (plotHeight - top);
  };
  const levels = Array.from({ length: high - low + 1 }, (_, at) => {
    const ms = 10 ** (low + at);
    return { y: place(ms), label: roundTrip(ms) };
  });
  return { place, levels };
}

/** Groups values that follow each other without a gap. */
function runsOf(
  values: readonly RoundTrips[],
  width: number,
): RoundTrips[][] {
  const runs: RoundTrips[][] = [];
  values.forEach((value, at) => {
    const before = values[at - 1];
    if (before !== undefined && value.time - before.time <= width) {
      runs.at(-1)!.push(value);
    } else runs.push([value]);
  });
  return runs;
}
