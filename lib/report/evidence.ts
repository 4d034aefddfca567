/**
 * What makes a report evidence: where, how and how long sessions were watched.
 *
 * @module
 */
import type { Watch } from "../status/history.ts";
import { version } from "../version.ts";
import { grouped, percent, span } from "../words.ts";
import type { SessionFigures } from "./figures.ts";
import { escape } from "./markup.ts";
import type { Report } from "./report.ts";
import type { Shares } from "./stretches.ts";
import { number, sentence, table, timeTag } from "./text.ts";
import type { Times } from "./times.ts";

/** What is shown where a history does not say it. */
const unknown = "not recorded";

/** How many values are shown that follow each other. */
const mostValues = 3;

/** How a value of a session's is shown. */
type Show = (watch: Watch) => string | null;

const shows = {
  host: ({ host }) => host,
  version: ({ version }) => `lifesign ${version}`,
  source: ({ source }) => source,
  interval: ({ interval }) => span(interval),
  timeout: ({ timeout }) => span(timeout),
  tries: ({ tries }) => `${tries}`,
} satisfies Record<string, Show>;

/** Makes the list at the top of a page. */
export function evidence(report: Report, times: Times): string {
  const { sessions, from, to, made } = report;
  if (from === null) return "";
  const [only] = sessions;
  const of = (show: Show) => valuesOf(sessions, show);
  const rows: [name: string, value: string][] = [
    ["Host", escape(of(shows.host))],
    ["Recorded by", escape(of(shows.version))],
    ...sessions.length > 1 ? [] : [
      ["Target", escape(targetOf(only!))],
      ...howOf(only!),
    ] as [string, string][],
    ["From", timeTag(from, times)],
    ["To", timeTag(to, times)],
    ["Watched", sentence(watchedOf(report))],
    ["Time zone", escape(times.zone)],
    ["Report made", `${timeTag(made, times)} by lifesign ${escape(version)}`],
  ];
  return `<dl class="facts">${
    rows.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`)
      .join("")
  }</dl>`;
}

/** Makes a table of how each of several sessions was watched. */
export function evidenceTable(
  sessions: readonly SessionFigures[],
  times: Times,
): string {
  const heads = ["Session", "Target", "Source address", "Interval", "Timeout"];
  const rows = sessions.map((figures) => [
    `<th scope="row"><bdi>${escape(figures.session)}</bdi></th>`,
    `<td>${escape(targetOf(figures))}</td>`,
    ...howOf(figures).map(([, value]) => `<td>${value}</td>`),
    `<td>${timeTag(figures.from, times)}</td>`,
    `<td>${sentence(watchedOf(figures))}</td>`,
    number(grouped(figures.gaps.length)),
  ]);
  return `<section class="break"><h2>How each session was watched</h2>${
    table([...heads, "Tries", "From", "Watched", "Gaps#"], rows)
  }</section>`;
}

/** What was asked, as a URL where that is known. */
function targetOf({ gateway, ...figures }: SessionFigures): string {
  const targets = valuesOf([figures], ({ target }) => target);
  return targets === unknown ? gateway ?? unknown : targets;
}

function howOf(figures: SessionFigures): [name: string, value: string][] {
  const of = (show: Show) => escape(valuesOf([figures], show));
  return [
    ["Source address", of(shows.source)],
    ["Interval", of(shows.interval)],
    ["Timeout", of(shows.timeout)],
    ["Tries", of(shows.tries)],
  ];
}

/** How much of a time was watched: `29 d 3 h of 30 d (97.08 %)`. */
function watchedOf({ watched, length, coverage }: Shares): string {
  return `${span(watched)} of ${span(length)} (${percent(coverage)})`;
}

/** The different values of some sessions, in the order of time. */
function valuesOf(
  sessions: readonly Pick<SessionFigures, "watches">[],
  show: Show,
): string {
  const all = sessions.flatMap(({ watches }) =>
    watches.map(({ watch }) => show(watch)).filter((value) => value !== null)
  );
  const values = [...new Set(all)];
  if (values.length === 0) return unknown;
  const cut = values.length > mostValues ? "… " : "";
  const between = sessions.length === 1 ? ", then " : ", ";
  return cut + values.slice(-mostValues).join(between);
}
