/**
 * A session in several lines.
 *
 * @module
 */
import { show } from "../../config/quote.ts";
import type { SessionRecord } from "../../status/status_document.ts";
import { percent, plural, span } from "../../words.ts";
import { whereIn } from "../../run/render.ts";
import { loginOf } from "../status_file.ts";
import { neededTries, roundTrips } from "./sparkline.ts";
import type { WatchedSession } from "./state.ts";
import { fit, type Line, lineWidth, spread, widthOf } from "./text.ts";
import {
  clockTime,
  countdown,
  type Moment,
  rttText,
  verdictWord,
} from "./facts.ts";

/** How to show sessions. */
export interface SessionView extends Moment {
  /** How many columns there are. */
  readonly columns: number;
  /** Whether no agent keeps them up to date any more. */
  readonly isOver: boolean;
  /** Whether this stays when the screen is gone, so that nothing is counted down. */
  readonly isLast: boolean;
}

/** The columns for labels, at the left. */
const labelWidth = 10;

/** The columns for values, at the right, with the space before them. */
const valueWidth = 12;

/** How many columns a block needs. */
export const leastColumns = 39;

/** A session in six lines. One is empty unless a login is needed. */
export function blockOf(
  { status, cycles }: WatchedSession,
  view: SessionView,
): Line[] {
  const width = view.columns - labelWidth - valueWidth;
  const last = cycles.at(-1);
  const tries = last === undefined ? "-" : plural(last.tries, "try", "tries");
  const { without_alive_15min, without_alive_24h, rtt_last_ms } = status;
  const shares = without_alive_24h === null
    ? "-"
    : `${percent(without_alive_15min, "short")} in 15 min, ${
      percent(without_alive_24h, "short")
    } in 24 h`;
  return [
    titleLine(status, view),
    verdictLine(status, view),
    loginLine(status, view),
    [label("rtt"), ...roundTrips(cycles, width), value(rttText(rtt_last_ms))],
    [label("tries"), ...neededTries(cycles, width), value(tries)],
    [label("no answer"), [shares]],
  ];
}

function loginLine({ login }: SessionRecord, view: SessionView): Line {
  if (view.isOver || view.isLast) return [];
  const words = loginOf(login, view.now);
  return words === null ? [] : [label("login"), [words]];
}

function label(text: string): Line[0] {
  return [text.padEnd(labelWidth), "faint"];
}

function value(text: string): Line[0] {
  return [fit(text, valueWidth, "right")];
}

function titleLine(status: SessionRecord, view: SessionView): Line {
  const name: Line = [[show(status.session), "strong"]];
  const title: Line = [...name, [` at ${show(whereIn(status))}`, "faint"]];
  if (view.isOver || view.isLast) return title;
  const next = nextWords(status, view.now);
  const width = lineWidth(title) + 2 + lineWidth(next);
  return spread(width > view.columns ? name : title, next, view.columns);
}

function nextWords({ next_cycle }: SessionRecord, now: number): Line {
  if (next_cycle === null) return [["no next cycle", "faint"]];
  const left = countdown(next_cycle, now);
  return [[left === "now" ? "asking" : `next in ${left}`]];
}

function verdictLine(
  { verdict, since, last_alive, warning }: SessionRecord,
  view: SessionView,
): Line {
  if (verdict === null || since === null) return [["no verdict yet", "faint"]];
  const word = verdictWord(verdict, view.isOver);
  const time = Date.parse(since);
  const long = view.isOver ? "" : ` for ${span(view.now - time, "short")},`;
  const line: Line = [word, [`${long} since ${clockTime(time, view)}`]];
  if (verdict === "alive" && warning !== null) {
    const but = `, but ${show(warning)}`;
    return lineWidth(line) + widthOf(but) > view.columns
      ? [word, [but, "doubtful"]]
      : [...line, [but, "doubtful"]];
  }
  if (verdict === "alive" || last_alive === null) return line;
  const life = `, last alive ${clockTime(Date.parse(last_alive), view)}`;
  return lineWidth(line) + widthOf(life) > view.columns
    ? line
    : [...line, [life]];
}
