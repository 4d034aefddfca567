/**
 * The lines of a screen, which fit into it.
 *
 * @module
 */
import { show } from "../../config/quote.ts";
import type { ScreenSize } from "../../world.ts";
import { verdicts } from "../../verdict.ts";
import { blockOf, leastColumns } from "./block.ts";
import { keyLines, type Wishes } from "./keys.ts";
import type { WatchedSession, WatchState } from "./state.ts";
import { byUrgency, tableOf } from "./table.ts";
import { fit, type Line, spread, toText, widthOf } from "./text.ts";
import { clockTime, type Moment, styleOf, verdictWord } from "./facts.ts";

/** How to show it. */
export interface View extends ScreenSize, Moment {
  /** Whether the lines may have colours. */
  readonly colours: boolean;
  /** Whether this stays when the screen is gone. */
  readonly isLast: boolean;
  /** Whether keys can be pressed. */
  readonly hasKeys: boolean;
  /** What was wished by keys. */
  readonly wishes: Wishes;
  /** Whether sessions can be asked at once. */
  readonly mayAsk: boolean;
}

/** How many sessions get several lines each; more of them get one line each. */
const mostBlocks = 2;

/** How many rows it takes to show blank lines, messages and a foot. */
const roomyRows = 10;

/** How many logged lines are shown at most. */
const mostMessages = 3;

/** How many events the table of sessions leaves room for, if it can have `leastSessions` lines. */
const keptEvents = 3;
const leastSessions = 8;

/** The lines of a screen; they all fit. */
export function screenLines(given: WatchState, view: View): string[] {
  const { columns, rows, colours, isLast, wishes } = view;
  const state = { ...given, sessions: ordered(given.sessions, wishes) };
  const isRoomy = rows >= roomyRows;
  const gap = isRoomy ? 1 : 0;
  const head = rows >= 4 ? [titleLine(state, view)] : [];
  const tail = isRoomy
    ? join([messagesOf(state, view), footOf(view)], gap)
    : [];
  const room = rows - heightOf(head, gap) - heightOf(tail, gap);
  const sessions = sessionsOf(state, view, { room, gap });
  const left = room - heightOf(sessions, gap);
  const events = eventsOf(state, view, Math.max(0, left));
  const above = join([head, sessions, events], gap);
  const filling = isLast ? 0 : rows - above.length - tail.length;
  const lines = isLast
    ? join([above, tail], gap)
    : [...above, ...Array<Line>(Math.max(0, filling)).fill([]), ...tail];
  return lines.slice(0, rows).map((line) => toText(line, { columns, colours }));
}

/** Parts below each other, with blank lines between those that are not empty. */
function join(parts: readonly Line[][], gap: number): Line[] {
  const blank = Array<Line>(gap).fill([]);
  return parts.filter(({ length }) => length > 0)
    .flatMap((part, at) => at > 0 ? [...blank, ...part] : part);
}

/** How many rows a part takes with the blank lines before the next one. */
function heightOf({ length }: Line[], gap: number): number {
  return length === 0 ? 0 : length + gap;
}

function titleLine(state: WatchState, view: View): Line {
  const { title, isOver, sessions } = state;
  const isNow = !isOver && !view.isLast;
  const counts = isNow && sessions.length > 1 ? countsOf(sessions) : [];
  const line: Line = [[title, isOver ? "bad" : "strong"], ...counts];
  if (view.isLast) return line;

  return spread(line, [[clockTime(view.now, view), "faint"]], view.columns);
}

/** How many sessions have which verdict: `: 3 alive, 1 unsendable`. */
function countsOf(sessions: readonly WatchedSession[]): Line {
  const all = Map.groupBy(sessions, ({ status: { verdict } }) => verdict);
  const counted = [...verdicts, null].filter((verdict) => all.has(verdict));
  return counted.flatMap((verdict, at): Line => [
    [`${at === 0 ? ":" : ","} ${all.get(verdict)!.length} `],
    verdictWord(verdict, false),
  ]);
}

function footOf({ isLast, hasKeys, wishes, mayAsk }: View): Line[] {
  if (isLast) return [];
  if (!hasKeys) return [[["Ctrl-C leaves", "faint"]]];
  return wishes.showsKeys
    ? keyLines(wishes, mayAsk).map((line) => [[line, "faint"]])
    : wishes.isPaused
    ? [[["paused", "doubtful"], [": p goes on, q leaves", "faint"]]]
    : [[["? lists keys, q leaves", "faint"]]];
}

/** Sessions in the order that is wished; the rest stays as it was. */
function ordered(
  sessions: readonly WatchedSession[],
  { order }: Wishes,
): readonly WatchedSession[] {
  switch (order) {
    case "as set":
      return sessions;
    case "worst first":
      return byUrgency(sessions);
    case "by name":
      return sessions.toSorted((a, b) =>
        a.status.session < b.status.session ? -1 : 1
      );
  }
}

function sessionsOf(
  { sessions, isOver, events }: WatchState,
  view: View,
  { room, gap }: { readonly room: number; readonly gap: number },
): Line[] {
  const { wishes: { chosen, isAlone } } = view;
  const options = { ...view, isOver, chosen };
  const one = isAlone && chosen !== null ? sessions[chosen] : undefined;
  if (one !== undefined) return blockOf(one, options);
  if (sessions.length <= mostBlocks && view.columns >= leastColumns) {
    const blocks = join(sessions.map((it) => blockOf(it, options)), 1);
    if (blocks.length <= room) return blocks;
  }
  const kept = Math.min(events.length, keptEvents);
  const left = room - kept - gap;
  const leavesRoom = gap > 0 &&
    left >= Math.min(sessions.length, leastSessions);
  return tableOf(sessions, leavesRoom ? left : room, options);
}

/** The newest first. */
function eventsOf(
  { sessions, events }: WatchState,
  view: View,
  most: number,
): Line[] {
  const shown = events.slice(Math.max(0, events.length - most)).toReversed();
  const hasNames = sessions.length > 1;
  const rows = shown.map((event) => ({
    why: event.why,
    clock: clockTime(event.time, view),
    name: hasNames ? show(event.session) : "",
    from: event.to === null || event.from === "none" ? "" : `${event.from} → `,
    to: event.to ?? "reconnect",
    style: event.to === null ? "faint" as const : styleOf(event.to),
  }));
  const widest = (texts: readonly string[]) =>
    texts.reduce((width, text) => Math.max(width, widthOf(text)), 0);
  const clock = widest(rows.map(({ clock }) => clock));
  const name = Math.min(24, widest(rows.map(({ name }) => name)));
  const change = widest(rows.map(({ from, to }) => from + to));
  return rows.map((row): Line => [
    [fit(row.clock, clock), "faint"],
    [name > 0 ? `  ${fit(row.name, name)}` : ""],
    [`  ${row.from}`],
    [fit(row.to, change - widthOf(row.from)), row.style],
    [row.why === null ? "" : `  ${row.why}`, "faint"],
  ]);
}

const levelStyles = {
  debug: "faint",
  info: "faint",
  warn: "doubtful",
  error: "bad",
} as const;

function messagesOf({ messages }: WatchState, view: View): Line[] {
  return messages.slice(-mostMessages).map(({ time, level, text }): Line => [
    [`${clockTime(time, view)}  `, "faint"],
    [`${level} `, levelStyles[level]],
    [text, "faint"],
  ]);
}
