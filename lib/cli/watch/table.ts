/**
 * Many sessions, each in one line.
 *
 * @module
 */
import { show } from "../../config/quote.ts";
import { worst } from "../../exit_code.ts";
import { classOf, verdicts } from "../../verdict.ts";
import { percent, span } from "../../words.ts";
import type { SessionView } from "./block.ts";
import { roundTrips } from "./sparkline.ts";
import type { WatchedSession } from "./state.ts";
import { fit, type Line, widthOf } from "./text.ts";
import { countdown, rttText, verdictWord } from "./words.ts";

/** A column that is left out where there is no room for it. */
interface Column {
  readonly title: string;
  readonly width: number;
  /** The columns with the smallest ones are the last to be left out. */
  readonly rank: number;
  readonly side: "left" | "right";
  readonly cell: (session: WatchedSession, view: SessionView) => Line;
}

const gap = "  ";

/** The width of names, which don't take more than a part of a line. */
const nameWidth = { least: 7, part: 5 };

const verdictWidth = 11;

/** Between names and cycles, from left to right. */
const columns: readonly Column[] = [
  {
    title: "FOR",
    width: 6,
    rank: 1,
    side: "right",
    cell: ({ status: { verdict, since } }, { now, isOver }) => [
      [
        since === null || isOver && verdict !== "dead"
          ? "-"
          : span(now - Date.parse(since), "short"),
      ],
    ],
  },
  {
    title: "NEXT",
    width: 6,
    rank: 3,
    side: "right",
    cell: ({ status }, view) => [
      [view.isOver || view.isLast ? "-" : countdown(status.next_cycle, view)],
    ],
  },
  {
    title: "RTT",
    width: 8,
    rank: 4,
    side: "right",
    cell: ({ status }) => [[rttText(status.rtt_last_ms)]],
  },
  {
    title: "TRIES",
    width: 5,
    rank: 6,
    side: "right",
    cell: ({ cycles }) => [[`${cycles.at(-1)?.tries ?? "-"}`]],
  },
  {
    title: "NO LIFE",
    width: 11,
    rank: 5,
    side: "right",
    cell: (session) => [[sharesOf(session)]],
  },
];

/** Fewer cycles say nothing. */
const leastCycles = 8;

/** At most so many lines for sessions; if they are too many, the worst come first and the rest is counted. */
export function tableOf(
  sessions: readonly WatchedSession[],
  rows: number,
  view: SessionView,
): Line[] {
  const hasTitles = rows >= 5;
  const room = hasTitles ? rows - 1 : rows;
  const isTooLong = sessions.length > room;
  const order = isTooLong ? byUrgency(sessions) : sessions;
  const shown = order.slice(0, isTooLong ? Math.max(0, room - 1) : room);
  const layout = layoutOf(shown, view);
  return [
    ...hasTitles ? [titles(layout)] : [],
    ...shown.map((session) => rowOf(session, layout, view)),
    ...isTooLong && room > 0 ? [moreOf(order.slice(shown.length))] : [],
  ];
}

/** What the table's columns are. */
interface Layout {
  readonly name: number;
  readonly columns: readonly Column[];
  /** Columns for cycles; 0 for none. */
  readonly cycles: number;
}

function layoutOf(
  sessions: readonly WatchedSession[],
  view: SessionView,
): Layout {
  const widest = sessions.reduce(
    (width, { status }) => Math.max(width, widthOf(show(status.session))),
    nameWidth.least,
  );
  const verdict = gap.length + verdictWidth;
  const name = Math.max(
    1,
    Math.min(
      widest,
      Math.max(nameWidth.least, Math.floor(view.columns / nameWidth.part)),
      view.columns - verdict,
    ),
  );
  let left = view.columns - name - verdict;
  const take = (width: number) => {
    const isTaken = gap.length + width <= left;
    if (isTaken) left -= gap.length + width;
    return isTaken;
  };
  const byRank = columns.toSorted((a, b) => a.rank - b.rank);
  const first = byRank.slice(0, 1).filter(({ width }) => take(width));
  const hasCycles = take(leastCycles);
  const others = byRank.slice(1).filter(({ width }) => take(width));
  const taken = new Set([...first, ...others]);
  return {
    name,
    columns: columns.filter((column) => taken.has(column)),
    cycles: hasCycles ? leastCycles + left : 0,
  };
}

function titles({ name, columns, cycles }: Layout): Line {
  const words = [
    fit("SESSION", name),
    fit("VERDICT", verdictWidth),
    ...columns.map(({ title, width, side }) => fit(title, width, side)),
    ...cycles > 0 ? [fit("CYCLES", cycles, "right")] : [],
  ];
  return [[words.join(gap), "faint"]];
}

function rowOf(
  session: WatchedSession,
  { name, columns, cycles }: Layout,
  view: SessionView,
): Line {
  const { status } = session;
  const [word, style = "plain"] = verdictWord(status.verdict, view.isOver)!;
  return [
    [fit(show(status.session), name) + gap],
    [fit(word, verdictWidth), style],
    ...columns.flatMap(({ width, side, cell }) =>
      cell(session, view).map(([text, style = "plain"]) =>
        [gap + fit(text, width, side), style] as const
      )
    ),
    ...cycles > 0 ? [[gap] as const] : [],
    ...roundTrips(session.cycles, cycles),
  ];
}

/** Both shares with one unit: `0/3.3 %`. */
function sharesOf({ status }: WatchedSession): string {
  const [quarter, day] = [status.without_alive_15min, status.without_alive_24h]
    .map((share) => percent(share, "short"));
  return day === "-" ? day : `${quarter!.replace(" %", "")}/${day}`;
}

/** The worst first; those that have no verdict yet last. */
function byUrgency(
  sessions: readonly WatchedSession[],
): readonly WatchedSession[] {
  const order = verdicts.toSorted((a, b) => worst([a, b]) === a ? -1 : 1);
  const rank = ({ status: { verdict } }: WatchedSession) =>
    verdict === null ? order.length : order.indexOf(verdict);
  return sessions.toSorted((a, b) => rank(a) - rank(b));
}

/** What is not shown, in numbers. */
function moreOf(sessions: readonly WatchedSession[]): Line {
  const kinds = Map.groupBy(
    sessions,
    ({ status: { verdict } }) =>
      verdict === null ? "without a verdict" : classOf(verdict),
  );
  const words = [...kinds].map(([kind, { length }]) =>
    `${length} ${kind === "fault" ? "at fault" : kind}`
  );
  return [[`… and ${sessions.length} more: ${words.join(", ")}`, "faint"]];
}
