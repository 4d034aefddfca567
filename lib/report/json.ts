/**
 * A report as JSON, for programs.
 *
 * @module
 */
import type {
  DayFigures,
  Outage,
  RoundTrips,
  SessionFigures,
  TimeSlot,
} from "./figures.ts";
import { lossOf } from "./figures.ts";
import type { HeatMap } from "./calendar.ts";
import type { Watching } from "./records.ts";
import type { Report } from "./report.ts";
import type { SharedOutage } from "./shared.ts";
import { type Durations, type Shares, sharesOf } from "./stretches.ts";
import { timeOf } from "../status/status_document.ts";
import { storyOf } from "./story.ts";
import { createTimes, utc } from "./times.ts";
import { version } from "../version.ts";

/** Makes an object for JSON. Times are RFC 3339 in UTC, days those of the report's zone; absent values are `null`. */
export function jsonOf(report: Report): object {
  const { made, from, to, zone, damagedLines, clockSets, sessions } = report;
  return {
    version,
    made: timeOf(made),
    from: timeOf(from),
    to: timeOf(to),
    time_zone: zone.name,
    utc_offset_minutes: zone.offset(to) / 60_000,
    ...sharesRecord(report),
    ...durationsRecord(report.durations),
    damaged_lines: damagedLines,
    clock_set: clockSets.map(({ time, by }) => ({
      time: timeOf(time),
      by_ms: by,
    })),
    shared_outages: report.shared.map(sharedOf),
    hours: hourShares(report.heat),
    sessions: sessions.map(sessionOf),
  };
}

function sharesRecord({ availability, coverage, watched }: Shares) {
  return { availability, coverage, watched_ms: watched };
}

function durationsRecord(sums: Durations) {
  const { alive, network, machine, dead, unwatched } = sums;
  return {
    alive_ms: alive,
    fault_ms: network + machine,
    network_fault_ms: network,
    machine_fault_ms: machine,
    dead_ms: dead,
    unwatched_ms: unwatched,
  };
}

function sessionOf(figures: SessionFigures): object {
  const { from, to, losses, answered, counts } = figures;
  const { roundTrips, answers, overTime } = figures;
  return {
    session: figures.session,
    gateway: figures.gateway,
    watches: figures.watches.map(watchOf),
    from: timeOf(from),
    to: timeOf(to),
    story: storyOf(figures, createTimes(utc, figures)),
    ...sharesRecord(figures),
    ...durationsRecord(figures.durations),
    cycles: figures.cycles,
    verdicts: figures.verdicts,
    deaths: counts.dead,
    network_faults: counts.network,
    machine_faults: counts.machine,
    tries: losses.tries,
    lost: losses.lost,
    loss: figures.loss,
    answered_tries: answered.tries,
    answered_lost: answered.lost,
    answered_loss: figures.answeredLoss,
    ...tripsRecord("rtt", roundTrips),
    answer_median_ms: answers?.median ?? null,
    answer_p95_ms: answers?.p95 ?? null,
    outages: figures.outages.map(outageOf),
    unwatched: figures.gaps.map(({ from, to }) => ({
      start: timeOf(from),
      end: timeOf(to),
      length_ms: to - from,
    })),
    logins: figures.logins.map(({ time, login }) => ({
      time: timeOf(time),
      exit: login,
    })),
    reconnects: figures.reconnects.map(({ time, reason }) => ({
      time: timeOf(time),
      reason,
    })),
    days: figures.days.map(dayOf),
    hours: hourShares(figures.heat),
    rtt_over_time: {
      width_ms: overTime.width,
      values: overTime.values.map(slotOf),
    },
  };
}

function tripsRecord(prefix: string, trips: RoundTrips | null) {
  return {
    [`${prefix}_min_ms`]: trips?.least ?? null,
    [`${prefix}_median_ms`]: trips?.median ?? null,
    [`${prefix}_p95_ms`]: trips?.p95 ?? null,
  };
}

function watchOf({ time, watch }: Watching): object {
  return {
    since: timeOf(time),
    version: watch.version,
    host: watch.host,
    target: watch.target,
    source: watch.source,
    interval_ms: watch.interval,
    timeout_ms: watch.timeout,
    tries: watch.tries,
  };
}

function outageOf(outage: Outage): object {
  const { condition, verdicts, from, to, cycles, lateAfter, after } = outage;
  return {
    start: timeOf(from),
    end: after && timeOf(to),
    length_ms: to - from,
    class: condition,
    cause: outage.kind === "dead" ? null : outage.kind,
    verdicts,
    errors: outage.errors,
    cycles,
    late_answer_ms: lateAfter,
    before: outage.before?.condition ?? null,
    after: after?.condition ?? null,
  };
}

function sharedOf({ from, to, isOpen, sessions }: SharedOutage): object {
  return {
    start: timeOf(from),
    end: isOpen ? null : timeOf(to),
    length_ms: to - from,
    sessions,
  };
}

function dayOf(day: DayFigures): object {
  return {
    date: day.date,
    ...sharesRecord(day),
    ...durationsRecord(day.durations),
    outages: day.outages,
    answered_tries: day.answered.tries,
    answered_lost: day.answered.lost,
    answered_loss: lossOf(day.answered),
    ...tripsRecord("rtt", day.roundTrips),
  };
}

/** Availability and coverage by hour; `null` where there was no such time. */
function hourShares({ daysPerRow, rows }: HeatMap): object {
  return {
    days_per_row: daysPerRow,
    rows: rows.map(({ date, hours }) => {
      const shares = hours.map((sums) => sums && sharesOf(sums));
      return {
        date,
        availability: shares.map((it) => it && it.availability),
        coverage: shares.map((it) => it && it.coverage),
      };
    }),
  };
}

function slotOf({ time, tries, lost, roundTrips }: TimeSlot): object {
  return {
    time: timeOf(time),
    tries,
    lost,
    count: roundTrips?.count ?? 0,
    min_ms: roundTrips?.least ?? null,
    median_ms: roundTrips?.median ?? null,
    p95_ms: roundTrips?.p95 ?? null,
  };
}
