/**
 * Makes the timeline of a report as one SVG file without other files.
 *
 * @module
 */
import { axisHeight, chartStyle } from "./chart.ts";
import { escape } from "./markup.ts";
import { type Report, selectSessions } from "./report.ts";
import type { Kind } from "./stretches.ts";
import { describe, kindWords, rows, rowsHeight, shape } from "./timeline.ts";
import { createTimes } from "./times.ts";

const width = 960;
const margin = 24;
const legendHeight = 36;

/** Makes an SVG image of a report's timeline. */
export function pictureOf(report: Report): string {
  const { from, to, zone } = report;
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
  }" height="${inner}">${drawn}${legend(inner - 4, axis.times.zone)}</svg></svg>
`;
}

function legend(baseline: number, zone: string): string {
  let x = 0;
  const entries = Object.entries(kindWords).map(([kind, word]) => {
    const left = x;
    x += 40 + 7 * word.length;
    return `<svg x="${left}" y="${baseline - 12}" width="14" height="14">${
      shape(kind as Kind, 14)
    }</svg><text class="mark" x="${left + 20}" y="${baseline}">${word}</text>`;
  });
  return `${
    entries.join("")
  }<text class="mark" x="100%" y="${baseline}" text-anchor="end">Times: ${
    escape(zone)
  }</text>`;
}
