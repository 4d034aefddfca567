/**
 * Several sessions side by side.
 *
 * @module
 */
import type { Axis } from "./chart.ts";
import { hasDays, heatMap, heatWords } from "./day_charts.ts";
import type { SessionFigures } from "./figures.ts";
import { escape } from "./markup.ts";
import type { Report } from "./report.ts";
import { availableIn } from "./story.ts";
import { sharedTable } from "./tables.ts";
import { figure, number, remark, sentence, table } from "./text.ts";
import { legend, rowAxis, rowTimeline } from "./timeline.ts";
import { grouped, percent, roundTrip } from "../words.ts";

/** Puts sessions side by side, and tells what they share. */
export function overview(
  report: Report,
  shown: readonly SessionFigures[],
  { axis, most, isDetailed }: {
    readonly axis: Axis;
    /** How many rows a table has at most. */
    readonly most: number;
    /** Whether the page has more about each of them. */
    readonly isDetailed: boolean;
  },
): string {
  const { sessions, shared, heat } = report;
  const cut = shown.length === sessions.length
    ? ""
    : `<p class="soft">The ${shown.length} that were alive least of ${
      grouped(sessions.length)
    }; <code>lifesign report SESSION…</code> shows others.</p>`;
  const heads = ["Available#", "Coverage#", "Deaths#", "Network#", "Machine#"];
  const lines = shown.map((figures, at) => {
    const { counts, roundTrips } = figures;
    return [
      `<th scope="row"><a href="#s${at}"><bdi>${
        escape(figures.session)
      }</bdi></a></th>`,
      `<td class="strip">${rowTimeline(figures, shared, axis)}</td>`,
      number(percent(figures.availability)),
      number(percent(figures.coverage)),
      ...[counts.dead, counts.network, counts.machine].map((count) =>
        number(grouped(count))
      ),
      number(roundTrip(roundTrips?.median ?? null)),
      number(roundTrip(roundTrips?.p95 ?? null)),
      number(percent(figures.answeredLoss)),
    ];
  });
  const hours = !hasDays(report) ? "" : figure(
    "Hours of the day",
    remark(`All sessions together. ${heatWords}`),
    heatMap(heat, { id: "all", name: "all sessions" }),
  );
  return `<section class="overview">
<p class="story">${sentence(`Added up, available ${availableIn(report)}.`)}</p>
${legend(report.durations)}${cut}
${
    table([
      "Session",
      rowAxis(axis),
      ...heads,
      "p50#",
      "p95#",
      "Lost#",
    ], lines)
  }
<p class="soft">Network, Machine: faults of either. Lost: tries in answered cycles. Grey bands: shared outages.${
    isDetailed
      ? ""
      : " Days, hours and round trips of a few sessions: <code>lifesign report FILE SESSION…</code>"
  }</p>
${
    sharedTable(shared, { times: axis.times, count: sessions.length, most })
  }${hours}</section>`;
}
