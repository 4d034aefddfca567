/**
 * The figures for programs.
 *
 * @module
 */
import {
  type Losses,
  type Outage,
  type RoundTrips,
  type SessionFigures,
  shareOf,
} from "./figures.ts";
import type { Report } from "./report.ts";
import { storyOf } from "./story.ts";
import { createTimes, utc } from "./times.ts";

/** A report as an object for JSON: times in RFC 3339, in UTC; what is absent is `null`. */
export function jsonOf(report: Report): object {
  const { made, from, to, damagedLines, clockSets, sessions } = report;
  return {
    made: rfc3339(made),
    from: from === null ? null : rfc3339(from),
    to: rfc3339(to),
    damaged_lines: damagedLines,
    clock_set: clockSets.map(({ time, by }) => ({
      time: rfc3339(time),
      by_ms: by,
    })),
    sessions: sessions.map(sessionOf),
  };
}

function sessionOf(figures: SessionFigures): object {
  const { from, to, durations, losses, stretches } = figures;
  const { roundTrips, answers } = figures;
  return {
    session: figures.session,
    gateway: figures.gateway,
    from: rfc3339(from),
    to: rfc3339(to),
    story: storyOf(figures, createTimes(utc, figures)),
    availability: figures.availability,
    watched_ms: to - from - durations.unwatched,
    alive_ms: durations.alive,
    fault_ms: durations.fault,
    dead_ms: durations.dead,
    unwatched_ms: durations.unwatched,
    cycles: figures.cycles,
    verdicts: figures.verdicts,
    tries: losses.tries,
    lost: losses.lost,
    loss: losses.tries === 0 ? null : shareOf(losses),
    rtt_median_ms: roundTrips?.median ?? null,
    rtt_p95_ms: roundTrips?.p95 ?? null,
    answer_median_ms: answers?.median ?? null,
    answer_p95_ms: answers?.p95 ?? null,
    outages: figures.outages.map(outageOf),
    unwatched: stretches.filter(({ condition }) => condition === "unwatched")
      .map(({ from, to }) => ({
        start: rfc3339(from),
        end: rfc3339(to),
        length_ms: to - from,
      })),
    rtt_over_time: {
      width_ms: figures.roundTripsOverTime.width,
      values: figures.roundTripsOverTime.values.map(roundTripsOf),
    },
    loss_by_hour: figures.lossesByHour.map(lossesOf),
  };
}

function outageOf(outage: Outage): object {
  const { condition, verdicts, from, to, cycles, lateAfter, after } = outage;
  return {
    start: rfc3339(from),
    end: after === null ? null : rfc3339(to),
    length_ms: to - from,
    class: condition,
    verdicts,
    cycles,
    late_answer_ms: lateAfter,
    before: outage.before?.condition ?? null,
    after: after?.condition ?? null,
  };
}

function roundTripsOf({ time, count, median, p95 }: RoundTrips): object {
  return { time: rfc3339(time), count, median_ms: median, p95_ms: p95 };
}

function lossesOf({ time, tries, lost }: Losses): object {
  return { time: rfc3339(time), tries, lost };
}

function rfc3339(time: number): string {
  return new Date(time).toISOString();
}
