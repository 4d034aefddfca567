/**
 * What sessions went through, in the log: each hour, and whenever somebody
 * asks by SIGUSR1.
 *
 * @module
 */
import type { Log } from "../../log.ts";
import { formatTime } from "../../log.ts";
import { instantOf } from "../../instant.ts";
import type { Statistics } from "../../status/statistics.ts";
import { averageOf } from "../../status/status_document.ts";
import type { World } from "../../world.ts";
import { formatTimes, percent, plural } from "../../words.ts";
import type { SessionStats } from "./session_stats.ts";
import { mostNames } from "./log_lines.ts";
import type { Observer } from "./observer.ts";

/** From one summary to the next, in ms. */
const hour = 3_600_000;

/** What summaries are made of. */
export interface SummaryOptions {
  /** The outside. */
  readonly world: Pick<World, "clock" | "signals">;
  /** The source of the figures; it has to be an earlier observer. */
  readonly sessionStats: SessionStats;
  /** Where to write. */
  readonly log: Log;
}

/** Writes a line for each session at SIGUSR1, and hourly unless they are many: then one for all. */
export function summaries(
  { world: { clock, signals }, sessionStats, log }: SummaryOptions,
): Observer {
  let cancel = () => {};

  function read(): [name: string, Statistics][] {
    const now = instantOf(clock);
    return [...sessionStats.entries]
      .map(({ name, recorder }) => [name, recorder.read(now)]);
  }

  function eachHour(at: number): void {
    cancel = clock.setTimer(at, () => {
      const all = read();
      if (all.length > mostNames) log.info(totalLine(all.map(([, it]) => it)));
      else for (const row of all) log.info(countersLine(...row));
      eachHour(at + hour);
    });
  }

  signals.listen("SIGUSR1", () => {
    for (const row of read()) log.info(countersLine(...row));
  });
  return {
    onStart: () => eachHour(clock.now() + hour),
    onStop: () => cancel(),
  };
}

/** A session's counters in a line. */
export function countersLine(name: string, statistics: Statistics): string {
  const { verdict, since, rtt, answer } = statistics;
  const discarded = listOf(statistics.discarded, "×");
  return [
    since === null
      ? `${name}: no verdict yet`
      : `${name}: ${verdict} since ${formatTime(since)}`,
    `cycles: ${listOf(statistics.cycles) || 0}`,
    `${plural(statistics.tries, "try", "tries")}, ${statistics.losses} lost`,
    `round trip ${formatTimes(rtt.min, averageOf(rtt), rtt.max)}`,
    `answer ${formatTimes(averageOf(answer), answer.max)}`,
    `without a sign of life ${
      percent(statistics.withoutAlive15min, "short")
    } in 15 min, ${percent(statistics.withoutAlive24h, "short")} in 24 h`,
    ...statistics.reconnects === 0
      ? []
      : [`reconnects: ${statistics.reconnects}`],
    ...statistics.mended === 0 ? [] : [`mended: ${statistics.mended}`],
    ...discarded === "" ? [] : [`discarded: ${discarded}`],
  ].join("; ");
}

/** The counters of many sessions in a line. */
export function totalLine(all: readonly Statistics[]): string {
  const verdicts = countBy(all.map(({ verdict }) => verdict ?? "no verdict"));
  const sum = (count: (statistics: Statistics) => number) =>
    all.reduce((sum, statistics) => sum + count(statistics), 0);
  const cycles = sum((it) =>
    Object.values(it.cycles).reduce((sum, n) => sum + n, 0)
  );
  const tries = sum((it) => it.tries);
  return [
    `${plural(all.length, "session", "sessions")}: ${listOf(verdicts)}`,
    plural(cycles, "cycle", "cycles"),
    `${plural(tries, "try", "tries")}, ${sum((it) => it.losses)} lost`,
  ].join("; ");
}

/** The counts that are not zero. */
function listOf(counts: Readonly<Record<string, number>>, sign = ""): string {
  return Object.entries(counts).filter(([, count]) => count > 0)
    .map(([what, count]) => [count, sign, what].filter(Boolean).join(" "))
    .join(", ");
}

function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
