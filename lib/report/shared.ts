/**
 * Outages that sessions share.
 *
 * @module
 */
import type { Outage, SessionFigures } from "./figures.ts";

/** Outages of several sessions that began together. Times are wall-clock ms. */
export interface SharedOutage {
  /** When the first of them began. */
  readonly from: number;
  /** When the last of them ended. */
  readonly to: number;
  /** Whether one of them goes on. */
  readonly isOpen: boolean;
  /** The names of the sessions, in the order in which they noticed it. */
  readonly sessions: readonly string[];
  /** Whether some of the sessions were found dead. */
  readonly isDeath: boolean;
}

/** Outages that begin within this time in ms, or the longest interval if that is longer, began together. */
const together = 10_000;

/** Finds the outages that at least two sessions share, oldest first. A session notices an outage with its next cycle. */
export function sharedOutages(
  sessions: readonly Pick<
    SessionFigures,
    "session" | "outages" | "longestInterval"
  >[],
): SharedOutage[] {
  const window = sessions.reduce(
    (longest, { longestInterval }) => Math.max(longest, longestInterval),
    together,
  );
  const all = sessions.flatMap(({ session, outages }) =>
    outages.filter(({ isCut }) => !isCut)
      .map((outage) => ({ session, outage }))
  ).sort((a, b) => a.outage.from - b.outage.from);
  const shared: SharedOutage[] = [];
  for (let start = 0; start < all.length;) {
    const { from } = all[start]!.outage;
    let end = start + 1;
    while (end < all.length && all[end]!.outage.from - from <= window) end++;
    const group = all.slice(start, end);
    const names = [...new Set(group.map(({ session }) => session))];
    if (names.length > 1) {
      shared.push(put(group.map(({ outage }) => outage), names));
    }
    start = end;
  }
  return shared;
}

function put(
  outages: readonly Outage[],
  sessions: readonly string[],
): SharedOutage {
  return {
    from: outages[0]!.from,
    to: outages.reduce((to, outage) => Math.max(to, outage.to), 0),
    isOpen: outages.some(({ after }) => after === null),
    sessions,
    isDeath: outages.some(({ condition }) => condition === "dead"),
  };
}
