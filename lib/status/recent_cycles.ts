/**
 * The last cycles of a session as a short text that needs little memory: a
 * word for each cycle, the oldest first.
 *
 * @module
 */
import { type Verdict, verdicts } from "../verdict.ts";
import { milliseconds } from "../words.ts";

/** A remembered cycle. */
export interface RecentCycle {
  /** Its verdict, late replies included. */
  readonly verdict: Verdict;
  /** Its round trip after Karn, in ms; `null` if unknown. */
  readonly rtt: number | null;
  /** The number of its tries. */
  readonly tries: number;
}

/** The longest text in the status file, in characters. It has more cycles than 80 columns show. */
export const longestRecent = 320;

/**
 * Adds a cycle, and drops the oldest if the text gets too long. `1.9` is a round
 * trip in ms, `alive` an unknown one, and `silent*3` a fault after three tries.
 */
export function addCycle(
  recent: string,
  cycle: RecentCycle,
  longest: number = longestRecent,
): string {
  const text = recent === "" ? wordOf(cycle) : `${recent} ${wordOf(cycle)}`;
  const excess = text.length - longest;
  return excess > 0 ? text.slice(text.indexOf(" ", excess - 1) + 1) : text;
}

/** Changes the last cycle to alive, with the round trip of a late reply. */
export function correctLast(recent: string, rtt: number | null): string {
  const last = readWord(recent.slice(recent.lastIndexOf(" ") + 1));
  if (last === null) return recent;
  const before = recent.slice(0, Math.max(0, recent.lastIndexOf(" ")));
  return addCycle(before, { ...last, verdict: "alive", rtt }, Infinity);
}

/** Reads the cycles. Unknown words are left out. */
export function recentCycles(recent: string): readonly RecentCycle[] {
  return recent.split(" ").map(readWord).filter((cycle) => cycle !== null);
}

function wordOf({ verdict, rtt, tries }: RecentCycle): string {
  const what = verdict === "alive" && rtt !== null
    ? milliseconds(rtt)
    : verdict;
  return tries === 1 ? `${what}` : `${what}*${tries}`;
}

function readWord(word: string): RecentCycle | null {
  const [, text, tries = "1"] = /^([a-z]+|\d+(?:\.\d)?)(?:\*(\d+))?$/
    .exec(word) ?? [];
  if (text === undefined) return null;
  const verdict = verdicts.find((verdict) => verdict === text);
  if (verdict !== undefined) return { verdict, rtt: null, tries: +tries };
  const rtt = Number(text);
  return Number.isNaN(rtt) ? null : { verdict: "alive", rtt, tries: +tries };
}
