/**
 * Makes a report from a history.
 *
 * @module
 */
import type { Zone } from "../world.ts";
import { addUp, type HeatMap, heatOf, hoursOf } from "./calendar.ts";
import { figuresOf, type SessionFigures } from "./figures.ts";
import type { ClockSet, History, SessionRecords } from "./records.ts";
import { type SharedOutage, sharedOutages } from "./shared.ts";
import { type Durations, type Shares, sharesOf } from "./stretches.ts";

/** A report. Times are wall-clock ms. Its shares and durations are those of all sessions together. */
export interface Report extends Shares {
  /** When it was made. */
  readonly made: number;
  /** The begin of its period; `null` if there is nothing to report. */
  readonly from: number | null;
  /** The end of its period: when it was made, or the last time in the history if that is later. */
  readonly to: number;
  /** The time zone of its days. */
  readonly zone: Zone;
  /** How long each kind of time lasted, added up over the sessions. */
  readonly durations: Durations;
  /** When in the day it happened, added up over the sessions. */
  readonly heat: HeatMap;
  /** The outages that sessions share. */
  readonly shared: readonly SharedOutage[];
  /** The sessions with something to report in the period. */
  readonly sessions: readonly SessionFigures[];
  /** The number of lines that are unreadable or have an impossible time. */
  readonly damagedLines: number;
  /** When the machine's clock was set in the period, oldest first. */
  readonly clockSets: readonly ClockSet[];
}

/** The requested period, in wall-clock ms. */
export interface ReportOptions {
  /** The begin; `null` for the first cycle. */
  readonly since: number | null;
  /** The present. */
  readonly now: number;
  /** The time zone of days. */
  readonly zone: Zone;
}

/** The most sessions on a page or image. */
const mostSessions = 100;

/** Makes a report of a history. */
export function reportOf(
  { sessions: all, damagedLines, clockSets }: History,
  { since, now, zone }: ReportOptions,
): Report {
  const to = all.reduce((to, records) => Math.max(to, endOf(records)), now);
  const sessions = all.map((records) =>
    figuresOf(records, { from: since, to, zone })
  ).filter((figures) => figures !== null);
  const from = sessions.reduce(
    (from, session) => Math.min(from, session.from),
    Infinity,
  );
  const sums = addUp(sessions.map(({ durations }) => durations));
  const hours = sessions.length === 0 ? [] : hoursOf({ from, to }, zone);
  return {
    made: now,
    from: sessions.length === 0 ? null : from,
    to,
    zone,
    durations: sums,
    ...sharesOf(sums),
    heat: heatOf(sessions.map(({ stretches }) => stretches), hours),
    shared: sharedOutages(sessions),
    sessions,
    damagedLines,
    clockSets,
  };
}

/** Selects the sessions that a report shows: all, or those with the lowest availability if there are too many. */
export function selectSessions(
  sessions: readonly SessionFigures[],
): readonly SessionFigures[] {
  if (sessions.length <= mostSessions) return sessions;
  const shareAlive = ({ availability }: SessionFigures) => availability ?? 1;
  return sessions.toSorted((a, b) => shareAlive(a) - shareAlive(b))
    .slice(0, mostSessions);
}

function endOf({ entries }: SessionRecords): number {
  return entries.at(-1)?.time ?? -Infinity;
}
