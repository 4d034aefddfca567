/**
 * Tells how long a connection may be idle, and which interval keeps it.
 *
 * @module
 */
import { formatDuration } from "../../parsers.ts";
import { milliseconds } from "../../words.ts";
import type { StreamSession } from "./connection_steps.ts";
import { type Idleness, type Unasked } from "./idle.ts";
import { bad, good, type Outcome, unknown } from "./step.ts";
import { holdsConnection } from "./stream_steps.ts";

/** The shortest time that can be a limit of idle connections, in ms. */
const shortestLimit = 150;

/** Compares the limit with the session's interval; `undefined` if there was no peer to measure with. */
export function idleStep(
  idleness: Idleness | undefined,
  session: Pick<StreamSession, "protocol" | "values" | "interval">,
): Outcome {
  if (idleness === undefined) return unknown("no connection to measure with");
  const { end, note, idle, longestBefore, unasked } = idleness;
  const { interval } = session;
  const holds = holdsConnection(session);
  switch (end) {
    case "ended":
      return endStep(idleness, holds ? interval : null);
    case "failed":
      return unknown(`${note}: the limit could not be measured`);
    case "forgotten":
      return unknown(
        `no answer after ${seconds(idle)} without a word`,
        "A router or a firewall on the way forgets idle connections, and tells nobody. Many keep them for minutes: `interval = 30s` is short enough for most",
      );
    case "up": {
      // A greeting keeps nothing up.
      if (idle <= 2 * longestBefore) {
        return unknown(
          `the server ${
            habitOf(unasked)
          }: that keeps the connection up, so its limit can't be measured`,
        );
      }
      const text = `still up after ${seconds(idle)} without a word`;
      return holds && interval > idle
        ? unknown(`${text}, but the interval is ${formatDuration(interval)}`)
        : good(text);
    }
  }
}

/** `interval` is `null` if no connection is held. */
function endStep(
  { note, idle, longestBefore }: Idleness,
  interval: number | null,
): Outcome {
  const how = note === null ? "ended" : `${note},`;
  if (idle < shortestLimit || idle <= longestBefore) {
    return unknown(
      `${how} ${seconds(idle)} after its last word: that is no idle limit`,
      "It ends connections for another reason, such as their age: its log may tell",
    );
  }
  // What `seconds()` shows.
  const limit = Math.round(idle / 100) * 100;
  const kept = intervalFor(limit);
  const advice = `interval = ${formatDuration(kept)}`;
  const text = `${how} after ${seconds(limit)} without a word: an interval of ${
    formatDuration(kept)
  } keeps it`;
  if (interval === null) return good(`${text}, but none is held`);
  if (interval <= kept) return good(text);
  const compared = `${text}; the session's is ${formatDuration(interval)}`;
  return interval < limit ? good(compared, advice) : bad(compared, advice);
}

/** The longest round interval that leaves a third of the limit to spare, in ms. */
function intervalFor(limit: number): number {
  const unit = limit < 1_500 ? 100 : 1_000;
  return Math.floor(limit * 2 / 3 / unit) * unit;
}

/** What a server says unasked, and how often. */
function habitOf(unasked: readonly Unasked[]): string {
  const pings = unasked.filter(({ isPing }) => isPing);
  const [what, all] = pings.length > 0
    ? ["pings", pings]
    : ["speaks unasked", unasked];
  const [first, last] = [all[0]!.at, all.at(-1)!.at];
  return all.length === 1
    ? `${what}, once after ${seconds(first)}`
    : `${what} every ${seconds((last - first) / (all.length - 1))}`;
}

/** A time in ms as seconds, which are easy to compare with a proxy's settings. */
function seconds(ms: number): string {
  return `${milliseconds(ms / 1_000)} s`;
}
