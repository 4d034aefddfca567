/**
 * The last cycles of a session as a short text, which takes little room in
 * memory and in the status file: a word for each, the oldest first.
 *
 * @module
 */
import { type Verdict, verdicts } from "../verdict.ts";
import { milliseconds } from "../words.ts";

/** A cycle as it is remembered. */
export interface RecentCycle {
  /** What it found out, late replies included. */
  readonly verdict: Verdict;
  /** Its round trip in ms; `null` if there was none, or nobody knows which try was answered. */
  readonly rtt: number | null;
  /** Tries that it needed. */
  readonly tries: number;
}

/** How long the text gets in the status file, in characters: more cycles than a line of 80 columns shows. */
export const longestRecent = 320;

/** Adds a cycle: `1.9` is a round trip in ms, `alive` one that nobody knows, `silent*3` a fault after three tries. The oldest words give way. */
export function addCycle(
  recent: string,
  cycle: RecentCycle,
  longest: number = longestRecent,
): string {
  const text = recent === "" ? wordOf(cycle) : `${recent} ${wordOf(cycle)}`;
  const excess = text.length - longest;
  return excess > 0 ? text.slice(text.indexOf(" ", excess - 1) + 1) : text;
}

/** Makes the last cycle alive after all, with the round trip of a late sign of life. */
export function correctLast(recent: string, rtt: number | null): string {
  const last = readWord(recent.slice(recent.lastIndexOf(" ") + 1));
  if (last === null) return recent;
  const before = recent.slice(0, Math.max(0, recent.lastIndexOf(" ")));
  return addCycle(before, { ...last, verdict: "alive", rtt }, Infinity);
}

/** Reads the cycles; words that it does not know are left out. */
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
