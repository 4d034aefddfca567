/**
 * Makes a report as one HTML file without scripts or other files.
 *
 * @module
 */
import type { Axis } from "./chart.ts";
import { dayBars, hasDays, heatMap, heatWords } from "./day_charts.ts";
import { evidence, evidenceTable } from "./evidence.ts";
import { overview } from "./overview.ts";
import type { SessionFigures } from "./figures.ts";
import { escape } from "./markup.ts";
import type { ClockSet } from "./records.ts";
import { type Report, selectSessions } from "./report.ts";
import { roundTripChart } from "./round_trip_chart.ts";
import { storyOf, watchedIn } from "./story.ts";
import { pageStyle } from "./style.ts";
import { dayTable, eventTable, gapTable, outageTable } from "./tables.ts";
import { figure, remark, sentence } from "./text.ts";
import { legend, timeline } from "./timeline.ts";
import { createTimes, type Times } from "./times.ts";
import { grouped, percent, plural, roundTrip, span } from "../words.ts";

/** How many rows the page's tables have in all, and those of each session at most and at least. */
const rows = { all: 1_500, most: 100, least: 10 };

/** Of more sessions than these, a section has only what the table of all has not. */
const mostDetailed = 12;

/** What the sections of sessions have in common. */
interface Layout {
  readonly axis: Axis;
  /** How many rows a table has at most. */
  readonly most: number;
  /** Whether there is room for all charts. */
  readonly isDetailed: boolean;
  /** Whether the page is about one session alone. */
  readonly isAlone: boolean;
}

/** Makes an HTML page of a report. */
export function pageOf(report: Report): string {
  const { from, to, zone, sessions, damagedLines, clockSets } = report;
  const period = { from: from ?? to, to };
  const times = createTimes(zone, period);
  const shown = selectSessions(sessions);
  const share = Math.floor(rows.all / Math.max(1, shown.length));
  const [only] = sessions.length === 1 ? sessions : [];
  const layout = {
    axis: { ...period, times },
    most: Math.max(rows.least, Math.min(rows.most, share)),
    isDetailed: shown.length <= mostDetailed,
    isAlone: only !== undefined,
  };
  const title = only !== undefined
    ? nameOf(only)
    : from === null
    ? "Nothing recorded"
    : plural(sessions.length, "session", "sessions");
  const body = [
    `<header><p class="brand">lifesign report</p><h1>${title}</h1>${
      evidence(report, times) + damaged(damagedLines) +
      setClocks(clockSets, times)
    }</header>`,
    sessions.length === 0
      ? "<section><p>The history holds no cycle in that time. <code>lifesign run --history-file FILE</code> records them.</p></section>"
      : "",
    sessions.length > 1 ? overview(report, shown, layout) : "",
    ...shown.map((figures, at) => section(figures, at, layout)),
    sessions.length > 1 ? evidenceTable(shown, times) : "",
    sessions.length === 0 ? "" : definitions,
  ];
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>lifesign: ${title.replace(/<[^>]*>/g, "")}</title>
<style>${pageStyle}</style>
</head>
<body>
${body.filter((part) => part !== "").join("\n")}
</body>
</html>
`;
}

/** Makes the section of a session; `at` is its number, from 0. */
function section(
  figures: SessionFigures,
  at: number,
  { axis, most, isDetailed, isAlone }: Layout,
): string {
  const { times } = axis;
  const [headline = "", ...more] = storyOf(figures, times);
  const heading = isAlone ? "" : `<h2>${nameOf(figures)}</h2>`;
  const trips = isDetailed ? roundTripChart(figures, axis, `r${at}`) : null;
  const isLong = isDetailed && hasDays(figures);
  const charts = [
    isDetailed
      ? figure(
        "Timeline",
        legend(figures.durations),
        timeline(figures, axis, `t${at}`),
      )
      : "",
    isLong
      ? figure(
        "Days",
        remark("What of each day was watched, and how that was"),
        dayBars(figures, axis, `d${at}`),
      )
      : "",
    isLong
      ? figure(
        "Hours of the day",
        remark(heatWords),
        heatMap(figures.heat, { id: `h${at}`, name: figures.session }),
      )
      : "",
    trips === null ? "" : figure(
      trips.heading,
      remark(trips.remark) + trips.legend,
      trips.image,
    ),
  ];
  return `<section id="s${at}"${
    isAlone || !isDetailed ? "" : ' class="break"'
  }>${heading}
<p class="story">${sentence(headline)}</p>${
    more.map((text) => `<p>${sentence(text)}</p>`).join("")
  }
${isDetailed ? numbers(figures) : ""}
${charts.join("\n")}
${outageTable(figures, times, most)}
${gapTable(figures, times, most)}
${eventTable(figures, times)}
${isLong ? dayTable(figures) : ""}</section>`;
}

function numbers(figures: SessionFigures): string {
  const { roundTrips, answers, counts, logins, reconnects } = figures;
  const all: [name: string, value: string, remark?: string][] = [
    ["available", percent(figures.availability), watchedIn(figures)],
    ["coverage", percent(figures.coverage), "of the time was watched"],
    ["deaths", grouped(counts.dead)],
    ["faults of the network", grouped(counts.network)],
    ["faults of this machine", grouped(counts.machine)],
    ["median round trip", roundTrip(roundTrips?.median ?? null)],
    ["95th percentile", roundTrip(roundTrips?.p95 ?? null)],
    ["95 % answered within", roundTrip(answers?.p95 ?? null)],
    ["tries lost in answered cycles", percent(figures.answeredLoss)],
    ...logins.length === 0 ? [] : [
      ["logins", grouped(logins.length)] as [string, string],
    ],
    ...reconnects.length === 0 ? [] : [
      ["reconnects", grouped(reconnects.length)] as [string, string],
    ],
  ];
  return `<dl class="tiles">${
    all.map(([name, value, remark]) =>
      `<div><dt>${escape(name)}${
        remark ? ` <small>${sentence(remark)}</small>` : ""
      }</dt><dd>${escape(value)}</dd></div>`
    ).join("")
  }</dl>`;
}

function nameOf({ session, gateway }: SessionFigures): string {
  const where = gateway === null
    ? ""
    : ` <small>at <bdi>${escape(gateway)}</bdi></small>`;
  return `<bdi>${escape(session)}</bdi>${where}`;
}

function damaged(count: number): string {
  return count === 0
    ? ""
    : `<p class="note" role="note">${
      plural(count, "line of the history is", "lines of the history are")
    } damaged, or of an impossible time, and not in these figures.</p>`;
}

/** Notes that the clock was set, which changes earlier times. */
function setClocks(sets: readonly ClockSet[], times: Times): string {
  const last = sets.at(-1);
  if (last === undefined) return "";
  const often = sets.length === 1 ? "" : ` ${sets.length} times, the last time`;
  const how = last.by > 0 ? "forward" : "back";
  return `<p class="note" role="note">${
    sentence(
      `The clock of this machine was set${often} ${how} by ${
        span(Math.abs(last.by))
      }, ${times.at(last.time)}. Earlier times are shown by the new clock.`,
    )
  }</p>`;
}

const definitions = `<footer><h2>How to read this</h2>
<p><b>Available</b> is the share of the watched time in which the last verdict was alive. A verdict holds from when its cycle reached it until the next one. Time is <b>unwatched</b>, and counts for nothing, from when a cycle was due that did not come within an interval and a minute after that. <b>Coverage</b> is the share of the time that was watched.</p>
<p>A <b>fault of this machine</b> is one in which no cycle could send anything. All others are <b>faults of the network</b>: meanwhile it is unknown whether the session is alive. An answer that comes late ends a fault from then on.</p>
<p><b>Dead</b> is what the gateway, or another peer, said and confirmed; that holds until a later cycle says otherwise. <b>Ended by the gateway</b> says no more than that: a kick, a logout and an exhausted quota look the same from here.</p>
<p>A <b>round trip</b> is known where only one try was made before the answer, or the answer names its try. An <b>answer</b> counts from its cycle's first try, so that a lost datagram shows in it. Tries <b>lost in answered cycles</b> are those that the next try made up for; tries lost in outages are not among them. An outage too short to be seen in a chart is drawn wider than it was.</p></footer>`;
