/**
 * Makes the timeline of a report as one SVG file without other files.
 *
 * @module
 */
import type { Zone } from "../world.ts";
import { axisHeight, chartStyle } from "./chart.ts";
import { escape } from "./markup.ts";
import { type Report, selectSessions } from "./report.ts";
import type { Condition } from "./stretches.ts";
import { describe, rows, rowsHeight, shape } from "./timeline.ts";
import { createTimes } from "./times.ts";

const width = 960;
const margin = 24;
const legendHeight = 36;

/** Makes an SVG image of a report's timeline, with times in a zone. */
export function pictureOf(report: Report, zone: Zone): string {
  const { from, to } = report;
  const sessions = selectSessions(report.sessions);
  const period = { from: from ?? to, to };
  const axis = { ...period, times: createTimes(zone, period) };
  const rowsEnd = rowsHeight(sessions) + axisHeight;
  const inner = rowsEnd + legendHeight;
  const outer = inner + 2 * margin;
  const [first] = sessions;
  const title = first === undefined
    ? "Nothing was recorded"
    : sessions.length === 1
    ? `Timeline of ${first.session}`
    : `Timeline of ${sessions.length} sessions`;
  const drawn = first === undefined
    ? `<text x="0" y="14">${title}</text>`
    : rows(sessions, axis);
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="t d" width="${width}" height="${outer}" viewBox="0 0 ${width} ${outer}"><title id="t">${
    escape(title)
  }</title><desc id="d">${
    escape(describe(sessions))
  }</desc><style>${chartStyle}</style><rect class="ground" width="100%" height="100%"/><svg x="${margin}" y="${margin}" width="${
    width - 2 * margin
  }" height="${inner}">${drawn}${legend(inner - 4, zone)}</svg></svg>
`;
}

function legend(baseline: number, zone: Zone): string {
  const words: Condition[] = ["alive", "fault", "dead", "unwatched"];
  const entries = words.map((condition, at) =>
    `<svg x="${at * 90}" y="${baseline - 12}" width="14" height="14">${
      shape(condition, 14)
    }</svg><text class="mark" x="${
      at * 90 + 20
    }" y="${baseline}">${condition}</text>`
  );
  return `${
    entries.join("")
  }<text class="mark" x="100%" y="${baseline}" text-anchor="end">Times: ${
    escape(zone.name)
  }</text>`;
}
