/**
 * What `run` tells somebody who watches it in a terminal: a line for each
 * heartbeat and a summary at the end, as ping does.
 *
 * @module
 */
import { type CycleResult, lossesOf } from "../../finding.ts";
import { type Verdict, verdicts } from "../../verdict.ts";
import { version } from "../../version.ts";
import { localTime, milliseconds, percent, plural } from "../../words.ts";
import type { World } from "../../world.ts";
import { greetingOf, reportLine } from "./log_lines.ts";
import type { Observer } from "./observer.ts";

/** What became of a session's heartbeats. Times in ms. */
interface Tally {
  /** How many there were, by verdict. */
  readonly cycles: Partial<Record<Verdict, number>>;
  /** How many times it was asked. */
  readonly sent: number;
  /** How many of these had no answer. */
  readonly lost: number;
  /** The round trips that are known. */
  readonly roundTrips: RoundTrips;
}

/** Round trips, by Welford's method: exact without keeping each. */
interface RoundTrips {
  readonly count: number;
  readonly least: number;
  readonly most: number;
  readonly mean: number;
  /** The sum of the squares of what they differ by from the mean. */
  readonly squares: number;
}

const none: Tally = {
  cycles: {},
  sent: 0,
  lost: 0,
  roundTrips: { count: 0, least: Infinity, most: 0, mean: 0, squares: 0 },
};

/** Writes to stdout. */
export function heartbeatLines(
  { clock, terminal }: Pick<World, "clock" | "terminal">,
): Observer {
  const tallies = new Map<string, Tally>();

  function write(text: string): void {
    const { clock: time } = localTime(clock.wallTime(), clock.zone);
    terminal.write(`${time} ${text}\n`);
  }

  return {
    onStart(sessions) {
      const { name } = clock.zone;
      terminal.write(
        `lifesign ${version} keeps alive: ${
          greetingOf(sessions)
        }; times in ${name}, Ctrl-C ends it\n`,
      );
    },
    onReload: () => write("read the settings again"),
    onReport(session, report) {
      // The cycle before a transition has told it.
      const isNews = report.type !== "transition" && report.type !== "unnamed";
      const line = isNews ? reportLine(session, report) : null;
      if (line !== null) write(line);
      if (report.type !== "cycle") return;
      const { name } = session;
      tallies.set(name, add(tallies.get(name) ?? none, report.result));
    },
    onStop() {
      for (const [name, tally] of tallies) {
        terminal.write(`\n${summaryOf(name, tally)}\n`);
      }
    },
  };
}

function add(tally: Tally, result: CycleResult): Tally {
  const { cycles, sent, lost, roundTrips } = tally;
  const { verdict, tries, rtt } = result;
  return {
    cycles: { ...cycles, [verdict]: (cycles[verdict] ?? 0) + 1 },
    sent: sent + tries,
    lost: lost + lossesOf(result),
    roundTrips: verdict === "alive" && rtt !== null
      ? addRoundTrip(roundTrips, rtt)
      : roundTrips,
  };
}

function addRoundTrip(
  { count, least, most, mean, squares }: RoundTrips,
  rtt: number,
): RoundTrips {
  const next = mean + (rtt - mean) / (count + 1);
  return {
    count: count + 1,
    least: Math.min(least, rtt),
    most: Math.max(most, rtt),
    mean: next,
    squares: squares + (rtt - mean) * (rtt - next),
  };
}

/** A session's heartbeats in two lines. */
function summaryOf(name: string, tally: Tally): string {
  const { cycles, sent, lost, roundTrips } = tally;
  const all = verdicts.flatMap((verdict) => {
    const count = cycles[verdict] ?? 0;
    return count === 0 ? [] : [`${count} ${verdict}`];
  });
  const total = Object.values(cycles).reduce((sum, count) => sum + count, 0);
  const { count, least, mean, most, squares } = roundTrips;
  const times = [least, mean, most, Math.sqrt(squares / count)]
    .map(milliseconds).join("/");
  const last = count === 0
    ? ""
    : `\nround trip min/avg/max/stddev = ${times} ms`;
  return `--- ${name}: ${plural(total, "heartbeat", "heartbeats")} ---
${all.join(", ")}; ${plural(sent, "packet", "packets")} sent, ${
    percent(sent === 0 ? null : lost / sent)
  } lost${last}`;
}
