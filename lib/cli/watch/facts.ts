/**
 * Single facts in the words of a screen.
 *
 * @module
 */
import { classOf, type Verdict } from "../../verdict.ts";
import { localTime, milliseconds, span } from "../../words.ts";
import type { Zone } from "../../world.ts";
import type { Line, Style } from "./text.ts";

/** What time it is. */
export interface Moment {
  /** The wall-clock time in ms. */
  readonly now: number;
  /** The time zone. */
  readonly zone: Zone;
}

/** A wall-clock time in ms as a local one: `14:02:11`, or `11-20 14:02` if that is not today. */
export function clockTime(time: number, { now, zone }: Moment): string {
  const { date, clock } = localTime(time, zone);
  return date === localTime(now, zone).date
    ? clock
    : `${date.slice(5)} ${clock.slice(0, 5)}`;
}

const styles = { alive: "good", fault: "doubtful", dead: "bad" } as const;

/** The style of a verdict. */
export function styleOf(verdict: Verdict): Style {
  return styles[classOf(verdict)];
}

/** A verdict as one word; `?` marks one that may be out of date, which a death never is. */
export function verdictWord(verdict: Verdict | null, isOver: boolean): Line[0] {
  if (verdict === null) return ["none yet", "faint"];
  return isOver && verdict !== "dead"
    ? [`${verdict}?`, "faint"]
    : [verdict, styleOf(verdict)];
}

/** A round trip; `-` for none. */
export function rttText(rtt: number | null): string {
  if (rtt === null) return "-";
  return `${rtt < 1_000 ? milliseconds(rtt) : Math.round(rtt)} ms`;
}

/** The time left until an RFC 3339 time; `now` once it has come, `-` for none. */
export function countdown(time: string | null, now: number): string {
  if (time === null) return "-";
  const left = Date.parse(time) - now;
  return left <= 0 ? "now" : span(Math.ceil(left / 1_000) * 1_000, "short");
}
