/**
 * Many sessions, each in one line.
 *
 * @module
 */
import { show } from "../../config/quote.ts";
import { worst } from "../../exit_code.ts";
import { classOf, verdicts } from "../../verdict.ts";
import { percents, span, until } from "../../words.ts";
import type { SessionView } from "./block.ts";
import { roundTrips } from "./sparkline.ts";
import type { WatchedSession } from "./state.ts";
import { fit, type Line, widthOf } from "./text.ts";
import { countdown, rttText, verdictWord } from "./facts.ts";

/** A column that is there if there is room for it. */
interface Column {
  readonly title: string;
  readonly width: number;
  /** Columns with a smaller rank get room first. */
  readonly rank: number;
  readonly cell: (session: WatchedSession, view: SessionView) => string;
}

const gap = "  ";

/** The width of names: at least `least`, at most one part of `parts` of a line. */
const nameWidth = { least: 7, parts: 5 };

const verdictWidth = 11;

/** The columns between names and cycles, from left to right. */
const columns: readonly Column[] = [
  {
    title: "FOR",
    width: 6,
    rank: 1,
    cell: ({ status: { verdict, since } }, { now, isOver }) =>
      since === null || isOver && verdict !== "dead"
        ? "-"
        : span(now - Date.parse(since), "short"),
  },
  {
    title: "NEXT",
    width: 6,
    rank: 3,
    cell: ({ status }, { isOver, isLast, now }) =>
      isOver || isLast ? "-" : countdown(status.next_cycle, now),
  },
  {
    title: "RTT",
    width: 8,
    rank: 4,
    cell: ({ status }) => rttText(status.rtt_last_ms),
  },
  {
    title: "TRIES",
    width: 5,
    rank: 6,
    cell: ({ cycles }) => `${cycles.at(-1)?.tries ?? "-"}`,
  },
  {
    title: "MISS 15m/24h",
    width: 12,
    rank: 5,
    cell: ({ status }) =>
      percents(status.without_alive_15min, status.without_alive_24h),
  },
];

/** How many cycles are shown at least, if any are. */
const leastCycles = 8;

/** How to show them. */
export interface TableView extends SessionView {
  /** Which one is chosen; `null` for none. */
  readonly chosen: number | null;
}

/** The sessions in at most `rows` lines. If they are too many, the worst come first, and the rest is counted. */
export function tableOf(
  sessions: readonly WatchedSession[],
  rows: number,
  view: TableView,
): Line[] {
  const hasTitles = rows >= 5;
  const room = hasTitles ? rows - 1 : rows;
  const isTooLong = sessions.length > room;
  const { chosen } = view;
  const order = isTooLong && chosen === null ? byUrgency(sessions) : sessions;
  const most = isTooLong ? Math.max(0, room - 1) : room;
  // As far down as the chosen one needs it.
  const first = Math.max(0, (chosen ?? 0) - most + 1);
  const shown = order.slice(first, first + most);
  const layout = layoutOf(shown, view);
  return [
    ...hasTitles ? [titles(layout)] : [],
    ...shown.map((session, at) =>
      rowOf(session, layout, { ...view, isChosen: first + at === chosen })
    ),
    ...isTooLong && room > 0
      ? [moreOf(order.filter((session) => !shown.includes(session)))]
      : [],
  ];
}

/** What the table has room for. */
interface Layout {
  readonly name: number;
  readonly columns: readonly Column[];
  /** How many cycles; 0 for none. */
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
      Math.max(nameWidth.least, Math.floor(view.columns / nameWidth.parts)),
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
    ...columns.map(({ title, width }) => fit(title, width, "right")),
    ...cycles > 0 ? [fit("CYCLES", cycles, "right")] : [],
  ];
  return [[words.join(gap), "faint"]];
}

function rowOf(
  session: WatchedSession,
  { name, columns, cycles }: Layout,
  view: SessionView & { readonly isChosen: boolean },
): Line {
  const { status } = session;
  const [word, style = "plain"] = verdictWord(status.verdict, view.isOver)!;
  return [
    [fit(show(status.session), name), view.isChosen ? "strong" : "plain"],
    [view.isChosen ? "◂ " : gap],
    [fit(word, verdictWidth), style],
    ...columns.map(({ width, cell }) =>
      [gap + fit(cell(session, view), width, "right")] as const
    ),
    ...cycles > 0 ? [[gap] as const] : [],
    ...lastOf(session, cycles, view),
  ];
}

/** The last cycles, unless somebody is about to log in. */
function lastOf(
  { status: { login }, cycles }: WatchedSession,
  width: number,
  { isOver, isLast, now }: SessionView,
): Line {
  const isShown = width > 0 && !isOver && !isLast;
  if (isShown && login?.state === "due") {
    return [[fit(`login ${until(login.next, now)}`, width)]];
  }
  if (isShown && login?.state === "running") return [[fit("logs in", width)]];
  return roundTrips(cycles, width);
}

/** The worst first, those without a verdict last. */
export function byUrgency(
  sessions: readonly WatchedSession[],
): readonly WatchedSession[] {
  const order = verdicts.toSorted((a, b) => worst([a, b]) === a ? -1 : 1);
  const rank = ({ status: { verdict } }: WatchedSession) =>
    verdict === null ? order.length : order.indexOf(verdict);
  return sessions.toSorted((a, b) => rank(a) - rank(b));
}

/** The number of sessions that are not shown. */
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
