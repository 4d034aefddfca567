/**
 * The lines of a screen, which fit into it.
 *
 * @module
 */
import { show } from "../../config/quote.ts";
import type { ScreenSize } from "../../world.ts";
import { blockOf, leastColumns, type SessionView } from "./block.ts";
import type { WatchState } from "./state.ts";
import { tableOf } from "./table.ts";
import { fit, type Line, spread, toText, widthOf } from "./text.ts";
import { clockTime, type Moment, styleOf } from "./facts.ts";

/** How to show it. */
export interface View extends ScreenSize, Moment {
  /** Whether the lines may have colours. */
  readonly colours: boolean;
  /** Whether this stays when the screen is gone. */
  readonly isLast: boolean;
  /** Whether keys can be pressed. */
  readonly hasKeys: boolean;
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
export function screenLines(state: WatchState, view: View): string[] {
  const { columns, rows, colours, isLast } = view;
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

function titleLine({ title, isOver }: WatchState, view: View): Line {
  const line: Line = [[title, isOver ? "bad" : "strong"]];
  if (view.isLast) return line;
  return spread(line, [[clockTime(view.now, view), "faint"]], view.columns);
}

function footOf({ isLast, hasKeys }: View): Line[] {
  return isLast ? [] : [[[`${hasKeys ? "q" : "Ctrl-C"} leaves`, "faint"]]];
}

function sessionsOf(
  { sessions, isOver, events }: WatchState,
  view: View,
  { room, gap }: { readonly room: number; readonly gap: number },
): Line[] {
  const options: SessionView = { ...view, isOver };
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
