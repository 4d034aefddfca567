/**
 * Makes a report as one HTML file without scripts or other files.
 *
 * @module
 */
import type { Zone } from "../world.ts";
import type { Axis } from "./chart.ts";
import { type Figure, lossChart, roundTripChart } from "./charts.ts";
import type { Outage, SessionFigures } from "./figures.ts";
import { escape } from "./markup.ts";
import type { ClockSet } from "./records.ts";
import { type Report, selectSessions } from "./report.ts";
import { outcomeOf, storyOf } from "./story.ts";
import { pageStyle } from "./style.ts";
import type { Condition } from "./stretches.ts";
import { sample, timeline, timelines } from "./timeline.ts";
import { grouped, percent, plural, roundTrip, span } from "../words.ts";
import { createTimes, type Times } from "./times.ts";

/** How many outages the page lists in all, and of each session at most and at least. */
const rows = { all: 1_500, most: 100, least: 10 };

/** Makes an HTML page of a report, with times in a zone. */
export function pageOf(report: Report, zone: Zone): string {
  const { made, from, to, sessions, damagedLines, clockSets } = report;
  const period = { from: from ?? to, to };
  const times = createTimes(zone, period);
  const axis = { ...period, times };
  const shown = selectSessions(sessions);
  const most = Math.max(
    rows.least,
    Math.min(rows.most, Math.floor(rows.all / Math.max(1, shown.length))),
  );
  const [only] = sessions.length === 1 ? sessions : [];
  const title = only !== undefined
    ? nameOf(only)
    : from === null
    ? "Nothing recorded"
    : plural(sessions.length, "session", "sessions");
  const body = [
    `<header><p class="brand">lifesign report</p><h1>${title}</h1><p class="soft">${
      from === null ? "" : `${timeTag(from, times)} to ${timeTag(to, times)}. `
    }Times: ${escape(zone.name)}. Made ${timeTag(made, times)}.</p>${
      damaged(damagedLines) + setClocks(clockSets, times)
    }</header>`,
    sessions.length === 0
      ? "<section><p>The history holds no cycle in that time. <code>lifesign run --history-file FILE</code> records them.</p></section>"
      : "",
    sessions.length > 1 ? overview(shown, sessions.length, axis) : "",
    ...shown.map((figures, at) =>
      section(figures, { axis, at, most, isAlone: only !== undefined })
    ),
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

/** Options of a session's section. */
interface SectionOptions {
  readonly axis: Axis;
  /** The number of the session, from 0. */
  readonly at: number;
  /** How many outages are listed. */
  readonly most: number;
  /** Whether the page is about it alone. */
  readonly isAlone: boolean;
}

function section(
  figures: SessionFigures,
  { axis, at, most, isAlone }: SectionOptions,
): string {
  const { times } = axis;
  const [headline = "", ...more] = storyOf(figures, times);
  const heading = isAlone ? "" : `<h2>${nameOf(figures)}</h2>`;
  const charts = [
    roundTripChart(figures, axis, `r${at}`),
    lossChart(figures, axis, `l${at}`),
  ].filter((chart) => chart !== null);
  return `<section id="s${at}">${heading}
<p class="story">${sentence(headline)}</p>${
    more.map((text) => `<p>${sentence(text)}</p>`).join("")
  }
${numbers(figures)}
<figure><figcaption><h3>Timeline</h3>${legend(figures)}</figcaption>${
    timeline(figures, axis, `t${at}`)
  }</figure>
<div class="pair">${charts.map(figureOf).join("\n")}</div>
${outageTable(figures, times, most)}</section>`;
}

function figureOf({ heading, remark, svg }: Figure): string {
  return `<figure><figcaption><h3>${heading}</h3><p>${
    sentence(remark)
  }</p></figcaption>${svg}</figure>`;
}

function numbers(figures: SessionFigures): string {
  const { roundTrips, answers, outages, deaths } = figures;
  const all: [name: string, value: string][] = [
    ["available", percent(figures.availability)],
    ["deaths", grouped(deaths)],
    ["faults", grouped(outages.length - deaths)],
    ["median round trip", roundTrip(roundTrips?.median ?? null)],
    ["95th percentile", roundTrip(roundTrips?.p95 ?? null)],
    ["95 % answered within", roundTrip(answers?.p95 ?? null)],
    ["tries lost", percent(figures.loss)],
  ];
  return `<dl>${
    all.map(([name, value]) =>
      `<div><dt>${name}</dt><dd>${escape(value)}</dd></div>`
    )
      .join("")
  }</dl>`;
}

function legend({ durations, cycles }: SessionFigures): string {
  const words = Object.entries(durations) as [Condition, number][];
  const entries = words.filter(([, length]) => length > 0).map((
    [condition, length],
  ) =>
    `<li>${sample(condition)} ${condition} <b>${escape(span(length))}</b></li>`
  );
  return `<ul class="legend">${entries.join("")}<li>${
    plural(cycles, "cycle", "cycles")
  }</li></ul>`;
}

function outageTable(
  figures: SessionFigures,
  times: Times,
  most: number,
): string {
  const { outages } = figures;
  if (outages.length === 0) return "";
  const listed = outages.length <= most ? outages : longest(outages, most);
  const cut = listed.length === outages.length
    ? ""
    : `<p class="soft">The deaths and the longest of ${
      grouped(outages.length)
    }; <code>lifesign report --json</code> has all.</p>`;
  return `<h3>Outages</h3>${cut}
<div class="scroll"><table><thead><tr><th scope="col">Start</th><th scope="col" class="n">Length</th><th scope="col">Verdict</th><th scope="col" class="wide">What it was</th></tr></thead><tbody>
${
    listed.map((outage) =>
      `<tr><td>${timeTag(outage.from, times)}</td><td class="n">${
        escape(span(outage.to - outage.from))
      }</td><td><span class="${outage.condition}">${
        outage.verdicts.join(", ")
      }</span></td><td>${sentence(outcomeOf(outage, figures))}</td></tr>`
    ).join("\n")
  }
</tbody></table></div>`;
}

/** Selects the deaths and the longest faults, in the order of time. */
function longest(outages: readonly Outage[], most: number): readonly Outage[] {
  const weight = ({ condition, from, to }: Outage) =>
    condition === "dead" ? Infinity : to - from;
  return outages.toSorted((a, b) =>
    weight(a) < weight(b) ? 1 : weight(a) > weight(b) ? -1 : 0
  )
    .slice(0, most).sort((a, b) => a.from - b.from);
}

function overview(
  shown: readonly SessionFigures[],
  count: number,
  axis: Axis,
): string {
  const cut = shown.length === count
    ? ""
    : `<p class="soft">The ${shown.length} that were alive least of ${
      grouped(count)
    }; <code>lifesign report SESSION…</code> shows others.</p>`;
  const lines = shown.map((figures, at) => {
    const { roundTrips, outages, deaths } = figures;
    const cells = [
      percent(figures.availability),
      grouped(deaths),
      grouped(outages.length - deaths),
      roundTrip(roundTrips?.median ?? null),
      percent(figures.loss),
    ];
    return `<tr><th scope="row"><a href="#s${at}"><bdi>${
      escape(figures.session)
    }</bdi></a></th>${
      cells.map((cell) => `<td class="n">${escape(cell)}</td>`).join("")
    }</tr>`;
  });
  const heads = ["Available", "Deaths", "Faults", "Round trip", "Loss"]
    .map((head) => `<th scope="col" class="n">${head}</th>`);
  return `<section>${cut}<figure>${timelines(shown, axis, "all")}</figure>
<div class="scroll"><table><thead><tr><th scope="col">Session</th>${
    heads.join("")
  }</tr></thead><tbody>
${lines.join("\n")}
</tbody></table></div></section>`;
}

function nameOf({ session, gateway }: SessionFigures): string {
  const where = gateway === null
    ? ""
    : ` <small>at <bdi>${escape(gateway)}</bdi></small>`;
  return `<bdi>${escape(session)}</bdi>${where}`;
}

/** Escapes a sentence. No line breaks in a time, or between a number and its unit. */
function sentence(text: string): string {
  return escape(text).replace(/(\d) (?=(s|min|h|d)\b)/g, "$1\u00a0")
    .replace(
      /(\d{4}-\d\d-\d\d( at)? )?\d\d:\d\d:\d\d/g,
      '<span class="w">$&</span>',
    );
}

function timeTag(time: number, times: Times): string {
  const [date, clock] = times.format(time).split(" ");
  return `<time datetime="${
    new Date(time).toISOString()
  }"><span class="w">${date}</span> ${clock}</time>`;
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
<p><b>Available</b> is the share of the watched time in which the last verdict was alive. A verdict holds from when its cycle reached it until the next one. A <b>fault</b> is one of the network: meanwhile it is unknown whether the session is alive. An answer that comes late ends the fault from then on. <b>Dead</b> is what the gateway, or another peer, said and confirmed; that holds until a later cycle says otherwise.</p>
<p>Time is <b>unwatched</b>, and does not count, from when a cycle was due that did not come within an interval and a minute after that. A <b>round trip</b> is known where only one try was made before the answer. An <b>answer</b> counts from its cycle's first try, so that a lost datagram shows in it. An outage too short to be seen in a timeline is drawn wider than it was.</p></footer>`;
