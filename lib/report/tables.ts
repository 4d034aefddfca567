/**
 * The tables of a session: outages, gaps, logins and reconnects, days.
 *
 * @module
 */
import type { Outage, SessionFigures } from "./figures.ts";
import { lossOf } from "./figures.ts";
import { escape } from "./markup.ts";
import type { SharedOutage } from "./shared.ts";
import { outcomeOf } from "./story.ts";
import { kindWords } from "./timeline.ts";
import { number, sentence, table, timeTag } from "./text.ts";
import type { Times } from "./times.ts";
import { grouped, percent, plural, roundTrip, span } from "../words.ts";

/** How many begins of identical outages are shown. */
const mostBegins = 6;

/** How many sessions of a shared outage are named. */
const mostNames = 12;

/** Outages that differ only in when they were. */
interface Group {
  /** What they have in common. */
  readonly key: string;
  readonly outages: Outage[];
}

/** Lists the outages, identical faults in one row. */
export function outageTable(
  figures: SessionFigures,
  times: Times,
  most: number,
): string {
  const { outages } = figures;
  if (outages.length === 0) return "";
  const groups = groupsOf(outages, figures);
  const listed = longest(groups, most);
  const rest = groups.length - listed.length;
  const identical = outages.length > groups.length
    ? "Identical faults share a row. "
    : "";
  const cut = rest === 0
    ? ""
    : `${
      grouped(rest)
    } shorter ones are left out; <code>lifesign report --json</code> has all.`;
  const rows = listed.map(({ outages }) => outageRow(outages, figures, times));
  const note = identical + cut;
  return `<h3>${plural(outages.length, "outage", "outages")}</h3>${
    note === "" ? "" : `<p class="soft">${note}</p>`
  }
${table(["Start", "End", "Length#", "Verdict", "What it was"], rows)}`;
}

function groupsOf(
  outages: readonly Outage[],
  figures: SessionFigures,
): Group[] {
  const groups = new Map<string, Group>();
  for (const [at, outage] of outages.entries()) {
    const { kind, condition, verdicts, errors, from, to } = outage;
    const what = outcomeOf(outage, figures);
    const key = condition === "dead" || outage.isCut
      ? `${at}`
      : [kind, verdicts, errors, span(to - from), what].join("|");
    const group = groups.get(key) ?? { key, outages: [] };
    group.outages.push(outage);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Selects the deaths and the longest faults, in the order of time. */
function longest(groups: readonly Group[], most: number): readonly Group[] {
  if (groups.length <= most) return groups;
  const weight = ({ outages }: Group) =>
    outages[0]!.condition === "dead"
      ? Infinity
      : outages.reduce((sum, { from, to }) => sum + to - from, 0);
  return groups.toSorted((a, b) =>
    weight(a) < weight(b) ? 1 : weight(a) > weight(b) ? -1 : 0
  ).slice(0, most).sort((a, b) => a.outages[0]!.from - b.outages[0]!.from);
}

function outageRow(
  outages: readonly Outage[],
  figures: SessionFigures,
  times: Times,
): string[] {
  const [first] = outages;
  const { kind, verdicts, errors, from, to, isCut } = first!;
  const count = outages.length;
  const begins = outages.slice(0, mostBegins)
    .map(({ from }) => timeTag(from, times)).join("<br>");
  const more = count > mostBegins
    ? `<br>and ${grouped(count - mostBegins)} more`
    : "";
  const total = outages.reduce((sum, { from, to }) => sum + to - from, 0);
  const length = count === 1
    ? escape(span(to - from))
    : `${grouped(count)} × ${escape(span(to - from))}<br>${
      escape(span(total))
    } in all`;
  const codes = errors.length === 0
    ? ""
    : `<br><small>${escape(errors.join(", "))}</small>`;
  const last = outages.at(-1)!;
  const end = (count > 1 ? "the last one<br>" : "") +
    (last.after === null ? "goes on" : timeTag(last.to, times));
  const whose = kind === "dead" ? "" : `${kindWords[kind]}: `;
  return [
    `<td>${isCut ? "before " : ""}${begins}${more}</td>`,
    `<td>${end}</td>`,
    `<td class="n">${length}</td>`,
    `<td><span class="${kind}">${verdicts.join(", ")}</span>${codes}</td>`,
    `<td>${sentence(whose + outcomeOf(first!, figures))}</td>`,
  ];
}

/** Lists the gaps in the record. */
export function gapTable(
  { gaps, durations }: SessionFigures,
  times: Times,
  most: number,
): string {
  if (gaps.length === 0) return "";
  const listed = gaps.length <= most ? gaps : gaps
    .toSorted((a, b) => b.to - b.from - a.to + a.from)
    .slice(0, most).sort((a, b) => a.from - b.from);
  const cut = listed.length === gaps.length
    ? ""
    : ` The ${grouped(most)} longest are listed.`;
  const rows = listed.map(({ from, to }) => [
    `<td>${timeTag(from, times)}</td>`,
    `<td>${timeTag(to, times)}</td>`,
    number(span(to - from)),
  ]);
  return `<h3>${
    plural(gaps.length, "gap in the record", "gaps in the record")
  }</h3><p class="soft">${
    sentence(span(durations.unwatched))
  } in all, of which nothing is known: lifesign did not run, or the machine slept.${cut}</p>
${table(["Start", "End", "Length#"], rows)}`;
}

/** Lists logins, and held connections that were replaced. */
export function eventTable(
  { logins, reconnects }: SessionFigures,
  times: Times,
): string {
  const all = [
    ...logins.map(({ time, login }) => ({ time, what: loginWords(login) })),
    ...reconnects.map(({ time, reason }) => ({
      time,
      what: `reconnect: the peer ${reason}`,
    })),
  ];
  if (all.length === 0) return "";
  const groups = Map.groupBy(all, ({ what }) => what);
  const rows = [...groups].map(([what, events]) => {
    const begins = events.slice(-mostBegins)
      .map(({ time }) => timeTag(time, times)).join("<br>");
    const more = events.length - mostBegins;
    return [
      number(grouped(events.length)),
      `<td>${escape(what)}</td>`,
      `<td>${more > 0 ? `${grouped(more)} before, and<br>` : ""}${begins}</td>`,
    ];
  });
  return `<h3>Logins and reconnects</h3>
${table(["Count#", "What", "When"], rows)}`;
}

function loginWords(login: number | string): string {
  if (login === 0) return "login, done";
  return typeof login === "number"
    ? `login, failed with status ${login}`
    : `login, failed: ${login}`;
}

/** Lists the days. */
export function dayTable({ days }: SessionFigures): string {
  const rows = days.map((day) => [
    `<th scope="row" class="w">${day.date}</th>`,
    number(percent(day.availability)),
    number(percent(day.coverage)),
    number(span(day.watched)),
    number(grouped(day.outages)),
    number(roundTrip(day.roundTrips?.median ?? null)),
    number(roundTrip(day.roundTrips?.p95 ?? null)),
    number(percent(lossOf(day.answered))),
  ]);
  const heads = ["Day", "Available#", "Coverage#", "Watched#", "Outages#"];
  return `<h3>By day</h3>
${table([...heads, "p50#", "p95#", "Lost in answered cycles#"], rows)}`;
}

/** Lists the outages that sessions share. */
export function sharedTable(
  shared: readonly SharedOutage[],
  { times, count, most }: {
    readonly times: Times;
    /** How many sessions there are. */
    readonly count: number;
    readonly most: number;
  },
): string {
  if (shared.length === 0) return "";
  const listed = shared.length <= most ? shared : shared
    .toSorted((a, b) => b.sessions.length - a.sessions.length)
    .slice(0, most).sort((a, b) => a.from - b.from);
  const rows = listed.map(({ from, to, isOpen, isDeath, sessions }) => {
    const names = sessions.slice(0, mostNames).map((name) =>
      `<bdi>${escape(name)}</bdi>`
    ).join(", ");
    const more = sessions.length - mostNames;
    return [
      `<td>${timeTag(from, times)}</td>`,
      `<td>${isOpen ? "goes on" : timeTag(to, times)}</td>`,
      number(span(to - from)),
      number(`${grouped(sessions.length)} of ${grouped(count)}`),
      `<td>${names}${more > 0 ? ` and ${grouped(more)} more` : ""}${
        isDeath ? "; some were dead" : ""
      }</td>`,
    ];
  });
  const cut = listed.length === shared.length
    ? ""
    : ` The ${grouped(most)} with the most sessions are listed.`;
  return `<h2>${
    plural(shared.length, "shared outage", "shared outages")
  }</h2><p class="soft">Outages of several sessions that began within one interval, probably for one reason.${cut}</p>
${table(["Start", "End", "Length#", "Sessions#", "Which"], rows)}`;
}
