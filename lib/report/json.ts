/**
 * A report as JSON, for programs.
 *
 * @module
 */
import type { Outage, RoundTrips, SessionFigures } from "./figures.ts";
import { timeOf } from "../status/status_document.ts";
import type { Report } from "./report.ts";
import { storyOf } from "./story.ts";
import { createTimes, utc } from "./times.ts";

/** Makes an object for JSON. Times are RFC 3339 in UTC; absent values are `null`. */
export function jsonOf(report: Report): object {
  const { made, from, to, damagedLines, clockSets, sessions } = report;
  return {
    made: timeOf(made),
    from: timeOf(from),
    to: timeOf(to),
    damaged_lines: damagedLines,
    clock_set: clockSets.map(({ time, by }) => ({
      time: timeOf(time),
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
    from: timeOf(from),
    to: timeOf(to),
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
    loss: figures.loss,
    rtt_median_ms: roundTrips?.median ?? null,
    rtt_p95_ms: roundTrips?.p95 ?? null,
    answer_median_ms: answers?.median ?? null,
    answer_p95_ms: answers?.p95 ?? null,
    outages: figures.outages.map(outageOf),
    unwatched: stretches.filter(({ condition }) => condition === "unwatched")
      .map(({ from, to }) => ({
        start: timeOf(from),
        end: timeOf(to),
        length_ms: to - from,
      })),
    rtt_over_time: {
      width_ms: figures.roundTripsOverTime.width,
      values: figures.roundTripsOverTime.values.map(roundTripsOf),
    },
    loss_by_hour: figures.lossesByHour.map((losses) => ({
      ...losses,
      time: timeOf(losses.time),
    })),
  };
}

function outageOf(outage: Outage): object {
  const { condition, verdicts, from, to, cycles, lateAfter, after } = outage;
  return {
    start: timeOf(from),
    end: after && timeOf(to),
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
  return { time: timeOf(time), count, median_ms: median, p95_ms: p95 };
}
