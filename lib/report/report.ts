/**
 * What a report is made of.
 *
 * @module
 */
import { figuresOf, type SessionFigures } from "./figures.ts";
import type { ClockSet, History, SessionRecords } from "./records.ts";

/** A report; times in wall-clock ms. */
export interface Report {
  /** When it was made. */
  readonly made: number;
  /** When what it tells of begins; `null` if there is nothing. */
  readonly from: number | null;
  /** When that ends: when it was made, or later if the history knows of later times. */
  readonly to: number;
  /** The sessions of which something is known in that time. */
  readonly sessions: readonly SessionFigures[];
  /** How many lines could not be read, or are of a time that can't be right. */
  readonly damagedLines: number;
  /** When the machine's clock was set in that time, oldest first. */
  readonly clockSets: readonly ClockSet[];
}

/** What is asked for, in wall-clock ms. */
export interface ReportOptions {
  /** When it is to begin; `null` for as early as can be. */
  readonly since: number | null;
  /** When it is made. */
  readonly now: number;
}

/** Of so many sessions a page or a picture tells at most. */
const mostSessions = 100;

/** Makes a report of a history. */
export function reportOf(
  { sessions: all, damagedLines, clockSets }: History,
  { since, now }: ReportOptions,
): Report {
  const to = all.reduce((to, records) => Math.max(to, endOf(records)), now);
  const sessions = all.map((records) => figuresOf(records, { from: since, to }))
    .filter((figures) => figures !== null);
  const from = sessions.reduce(
    (from, session) => Math.min(from, session.from),
    Infinity,
  );
  return {
    made: now,
    from: sessions.length === 0 ? null : from,
    to,
    sessions,
    damagedLines,
    clockSets,
  };
}

/** The sessions that a report shows: all, or where those are too many the ones that did worst. */
export function selectSessions(
  sessions: readonly SessionFigures[],
): readonly SessionFigures[] {
  if (sessions.length <= mostSessions) return sessions;
  const badness = ({ availability }: SessionFigures) => availability ?? 1;
  return sessions.toSorted((a, b) => badness(a) - badness(b))
    .slice(0, mostSessions);
}

function endOf({ entries }: SessionRecords): number {
  return entries.at(-1)?.time ?? -Infinity;
}
