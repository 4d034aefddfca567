/**
 * Describes in words what happened, as far as the history proves it.
 *
 * @module
 */
import type { Outage, SessionFigures } from "./figures.ts";
import type { Condition, Shares, Stretch } from "./stretches.ts";
import { grouped, percent, plural, span } from "../words.ts";
import type { Times } from "./times.ts";

/** An outage that ended more than this many ms before a death did not cause it. */
const recovery = 10 * 60_000;

/** How much of a time was watched, to follow an availability: `of 1 min watched in 2 h 35 min`. */
export function watchedIn({ coverage, watched, length }: Shares): string {
  const all = span(length);
  if (watched === 0) return `nobody watched in ${all}`;
  return coverage === 1
    ? `of ${all}, all of it watched`
    : `of ${span(watched)} watched in ${all}`;
}

/** The availability, never without how much of the time was watched: `100 % of 1 min watched in 2 h 35 min`. */
export function availableIn(shares: Shares): string {
  const { availability } = shares;
  return availability === null
    ? `unknown: ${watchedIn(shares)}`
    : `${percent(availability)} ${watchedIn(shares)}`;
}

/** Describes a session in sentences, the most important first. */
export function storyOf(figures: SessionFigures, times: Times): string[] {
  const { stretches, outages, gaps } = figures;
  const ofKind = (kind: Outage["kind"]) =>
    outages.filter((outage) => outage.kind === kind);
  const calm = outages.length > 0 || gaps.length === stretches.length ? [] : [
    figures.cycles > 0
      ? "Every cycle found the session alive."
      : "No cycle came to an end; the last one before had found the session alive.",
  ];
  return [
    ...describeDeaths(ofKind("dead"), times, peerOf(figures)),
    ...describeFailures(ofKind("network"), figures, times),
    ...describeFailures(ofKind("machine"), figures, times),
    ...describeEnd(outages.at(-1), times),
    ...calm,
    ...describeRest(figures),
    ...describeGaps(gaps, times),
  ];
}

/** Describes an outage of a session in a few words. */
export function outcomeOf(
  outage: Outage,
  session: Pick<SessionFigures, "gateway">,
): string {
  return isDeath(outage) ? deathOf(outage, "", peerOf(session)) : endOf(outage);
}

/** The word for what a session is asked at. */
function peerOf({ gateway }: Pick<SessionFigures, "gateway">): string {
  return gateway?.includes("://") ? "peer" : "gateway";
}

/** Whether an outage was one cycle with a late answer. */
function isSlow({ cycles, lateAfter }: Outage): boolean {
  return cycles <= 1 && lateAfter !== null;
}

function isDeath({ condition }: Outage): boolean {
  return condition === "dead";
}

function describeDeaths(
  deaths: readonly Outage[],
  times: Times,
  peer: string,
): string[] {
  const last = deaths.at(-1);
  if (last === undefined) return [];
  const story = deathOf(last, times.at(last.from), peer);
  if (deaths.length === 1) return [`Session ${story}.`];
  const after = (condition: Condition) =>
    deaths.filter(({ before }) => before?.condition === condition).length;
  const ended = after("alive");
  const dropped = after("fault");
  const rest = deaths.length - ended - dropped;
  const kinds = [
    ...ended === 0 ? [] : [`${timesOf(ended)} ended by the ${peer}`],
    ...dropped === 0 ? [] : [`${timesOf(dropped)} after a silence`],
    ...rest === 0 ? [] : [`${timesOf(rest)} while nobody watched`],
  ];
  return [
    `The session died ${timesOf(deaths.length)}: ${kinds.join(", ")}.`,
    `The last time it was ${story}.`,
  ];
}

/** Describes a death, to follow the word `session`; `when` may be empty. */
function deathOf(outage: Outage, when: string, peer: string): string {
  const { before, from, lastAlive, isCut } = outage;
  const at = when === "" ? "" : ` ${when}`;
  switch (before?.condition) {
    case undefined:
      if (isCut) return `dead already${at}`;
      return `found dead${at}, in the first cycle`;
    case "alive":
      return `ended by the ${peer}${at}; ${networkAround(outage, peer)}`;
    case "fault": {
      const silence = lastAlive === null
        ? `at least ${span(from - outage.before!.from)}`
        : span(from - lastAlive);
      return `found dead${at}, after ${silence} without a sign of life: the ${peer} may have dropped it for silence; that is not known`;
    }
    default:
      return `found dead${at}, when the watch went on: when and why it died is not known`;
  }
}

/** Describes the network at the time of a death that followed an alive cycle. */
function networkAround(outage: Outage, peer: string): string {
  const { after, from, lastAlive, cycles } = outage;
  if (isFresh(outage)) {
    return "the network had failed shortly before, but the session was alive after that";
  }
  if (after?.condition === "alive" || cycles > 1) {
    return "the network was fine before and after";
  }
  if (after?.condition === "fault") return "the network was fine until then";
  const ago = lastAlive === null ? "just" : span(from - lastAlive);
  return `the network was fine: the ${peer} had confirmed the session ${ago} before, and answered that it is dead`;
}

/** Whether the network had recovered shortly before the session died. */
function isFresh({ before, previous }: Outage): boolean {
  return before !== null && previous?.condition === "fault" &&
    previous.to === before.from && before.to - before.from < recovery;
}

/** Describes the outages of the network, or those of this machine. */
function describeFailures(
  failures: readonly Outage[],
  { outages, stretches }: SessionFigures,
  times: Times,
): string[] {
  const [first] = failures;
  if (first === undefined) return [];
  const isMachine = first.kind === "machine";
  const total = span(
    failures.reduce((sum, { from, to }) => sum + to - from, 0),
  );
  const count = failures.length === 1
    ? `failed once, for ${total}, ${times.at(first.from)}`
    : `failed ${timesOf(failures.length)}, ${total} in all`;
  const codes = [...new Set(failures.flatMap(({ errors }) => errors))];
  const why = isMachine && codes.length > 0 ? ` (${codes.join(", ")})` : "";
  const slow = failures.filter(isSlow).length;
  const fatal = failures.filter(({ after }) => after?.condition === "dead")
    .length;
  const died = outages.some(isDeath);
  const isAlive =
    stretches.findLast(({ condition }) => condition !== "unwatched")
      ?.condition === "alive";
  const one = failures.length === 1;
  const ends = [
    ...slow === 0 ? [] : [
      slow === failures.length
        ? `${one ? "the answer" : "each answer"} only came late`
        : `${timesOf(slow)} the answer only came late`,
    ],
    ...fatal === 0 ? [] : [
      `${one ? "" : `${timesOf(fatal)} `}the session was found dead after that`,
    ],
    ...!died && isAlive && slow < failures.length
      ? ["the session survived"]
      : [],
  ];
  const besides = died && !isMachine ? "Besides, the network" : "The network";
  const who = isMachine ? "This machine" : besides;
  return [`${[`${who} ${count}${why}`, ...ends].join("; ")}.`];
}

/** Describes a fault that goes on. */
function describeEnd(last: Outage | undefined, times: Times): string[] {
  if (last === undefined || last.after !== null || isDeath(last)) return [];
  return [
    `It has been failing since ${times.name(last.from)} (${
      last.verdicts.join(", ")
    }): whether the session is alive is not known.`,
  ];
}

/** Describes what is no outage. */
function describeRest(
  { answered, answeredLoss, logins, reconnects }: SessionFigures,
): string[] {
  const failed = logins.filter(({ login }) => login !== 0).length;
  const but = failed === 0 ? "" : `, of which ${grouped(failed)} failed`;
  return [
    ...logins.length === 0 ? [] : [
      `There ${logins.length === 1 ? "was" : "were"} ${
        plural(logins.length, "login", "logins")
      }${but}.`,
    ],
    ...reconnects.length === 0
      ? []
      : [`The held connection was replaced ${timesOf(reconnects.length)}.`],
    ...answered.lost === 0 ? [] : [
      `Besides outages, ${percent(answeredLoss)} of tries were lost: ${
        grouped(answered.lost)
      } of ${grouped(answered.tries)}, in cycles that were answered.`,
    ],
  ];
}

function endOf({ after, lateAfter, cycles }: Outage): string {
  if (lateAfter !== null) {
    return `alive after all: an answer came after ${span(lateAfter)}`;
  }
  const tries = plural(cycles, "cycle", "cycles");
  switch (after?.condition) {
    case undefined:
      return `${tries} so far; it goes on`;
    case "unwatched":
      return `${tries}, then nobody watched`;
    case "dead":
      return `${tries}, then found dead`;
    default:
      return `${tries}, then alive again`;
  }
}

function describeGaps(gaps: readonly Stretch[], times: Times): string[] {
  const [first, ...more] = gaps;
  if (first === undefined) return [];
  const why = "lifesign did not run, or the machine slept";
  const longest = gaps.reduce((longest, gap) =>
    gap.to - gap.from > longest.to - longest.from ? gap : longest
  );
  const total = gaps.reduce((sum, { from, to }) => sum + to - from, 0);
  const where = `from ${times.name(longest.from)} to ${times.name(longest.to)}`;
  return more.length === 0 ? [`No cycle was recorded ${where}: ${why}.`] : [
    `The record has ${gaps.length} gaps, ${
      span(total)
    } in all, the longest ${where}: ${why}.`,
  ];
}

function timesOf(count: number): string {
  return ["never", "once", "twice"][count] ?? plural(count, "time", "times");
}
