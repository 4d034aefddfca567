/**
 * The history: a line of JSON for each cycle of each session, and one for each
 * late sign of life. What is absent in a line is nothing, or none.
 *
 * @module
 */
import type { Verdict } from "../verdict.ts";
import { isRecord, isVerdict, parseJson } from "./json.ts";
import { type CycleResult, lossesOf } from "../finding.ts";
import { milliseconds } from "../words.ts";

/** So many digits of a boot's id are in each line. */
export const bootDigits = 8;

/** When something was by a clock that nobody sets. */
export interface Uptime {
  /** Tells the boot of the machine from others. */
  readonly boot: string;
  /** How long the machine had been up, in ms with a resolution of 1 s. */
  readonly uptime: number;
}

/** What the history says of a cycle, when it reached its verdict. */
export interface CycleRecord {
  /** When, in wall-clock ms; it may jump. */
  readonly time: number;
  /** The same by another clock; `null` where nobody knows the boot. */
  readonly up: Uptime | null;
  /** The session's name. */
  readonly session: string;
  /** Its gateway, as it was set. */
  readonly gateway: string;
  /** What the cycle found out. */
  readonly verdict: Verdict;
  /** The round trip after Karn, in ms; `null` where it is not known. */
  readonly rtt: number | null;
  /** From the first try to the proof of life or death, in ms; `null` without one. */
  readonly answer: number | null;
  /** Datagrams that left this machine. */
  readonly tries: number;
  /** Those of them that nothing valid answered. */
  readonly lost: number;
  /** The code of the last local failure, such as `ENETUNREACH`; `null` if there was none. */
  readonly error: string | null;
  /** When the next cycle is to start, in ms after `time`; `null` if the session is over. */
  readonly next: number | null;
}

/** What the history says of a sign of life that came late: the session's last verdict is alive after all. */
export interface LateRecord {
  /** When it came, in wall-clock ms. */
  readonly time: number;
  /** The same by another clock; `null` where nobody knows the boot. */
  readonly up: Uptime | null;
  /** The session's name. */
  readonly session: string;
  /** Tells it from a cycle. */
  readonly late: "alive";
  /** The round trip after Karn, in ms; `null` where it is not known. */
  readonly rtt: number | null;
  /** From the first try of its cycle, in ms. */
  readonly answer: number;
}

/** A line of the history. */
export type HistoryRecord = CycleRecord | LateRecord;

/** What of a cycle is not in its result; times in wall-clock ms. */
export interface CycleFacts {
  /** When it reached its verdict. */
  readonly time: number;
  /** The same by another clock; `null` where nobody knows the boot. */
  readonly up: Uptime | null;
  /** The session's name. */
  readonly session: string;
  /** Its gateway, as it was set. */
  readonly gateway: string;
  /** When the next cycle is to start; `null` if none will. */
  readonly next: number | null;
}

/** What the history says of a cycle. */
export function cycleRecord(
  { next, ...facts }: CycleFacts,
  result: CycleResult,
): CycleRecord {
  return {
    ...facts,
    verdict: result.verdict,
    rtt: result.rtt,
    answer: result.answerTime,
    tries: result.tries,
    lost: lossesOf(result),
    error: result.fault?.code ?? null,
    next: next === null ? null : Math.max(0, next - facts.time),
  };
}

/** Writes a line, line feed included. */
export function formatRecord(record: HistoryRecord): string {
  const { session } = record;
  const up = record.up === null
    ? undefined
    : `${record.up.boot}+${record.up.uptime / 1_000}`;
  const time = new Date(record.time).toISOString();
  const rtt_ms = tenths(record.rtt);
  const answer = tenths(record.answer);
  const answer_ms = answer === rtt_ms ? undefined : answer;
  const fields = "late" in record
    ? { time, up, session, late: record.late, rtt_ms, answer_ms }
    : {
      time,
      up,
      session,
      gateway: record.gateway,
      verdict: record.verdict,
      rtt_ms,
      answer_ms,
      tries: record.tries,
      lost: record.lost || undefined,
      error: record.error ?? undefined,
      next_ms: record.next === null ? undefined : Math.round(record.next),
    };
  return `${JSON.stringify(fields)}\n`;
}

function tenths(ms: number | null): number | undefined {
  return ms === null ? undefined : milliseconds(ms);
}

/** How times begin; others, which `Date` reads as well, are far away from all that can be worked with. */
const rfc3339 = /^\d{4}-\d\d-\d\dT/;

/** When no lifesign had written anything yet, in wall-clock ms; a machine whose clock was not set begins in 1970. */
export const earliest: number = Date.UTC(2020, 0);

/** Reads a line; `null` if it is damaged, or nothing tells when it was. Fields that it does not know are none of its business. */
export function parseRecord(line: string): HistoryRecord | null {
  const fields = parseJson(line);
  if (!isRecord(fields)) return null;
  const { time: text, session, late, gateway, verdict, error } = fields;
  const { rtt_ms: rtt, answer_ms: answer = rtt, tries, lost = 0 } = fields;
  const { next_ms: next } = fields;
  const time = typeof text === "string" && rfc3339.test(text)
    ? Date.parse(text)
    : NaN;
  const up = uptimeOf(fields);
  if (Number.isNaN(time) || typeof session !== "string") return null;
  // What was written later may tell when it really was.
  if (time < (up === null ? earliest : 0)) return null;
  if (!isAmountOrAbsent(rtt) || !isAmountOrAbsent(answer)) return null;
  if (!isAmountOrAbsent(next)) return null;
  if (late === "alive") {
    return answer === undefined
      ? null
      : { time, up, session, late, rtt: rtt ?? null, answer };
  }
  if (late !== undefined || typeof gateway !== "string") return null;
  if (!isVerdict(verdict) || !isAmount(tries) || !isAmount(lost)) return null;
  if (error !== undefined && typeof error !== "string") return null;
  return {
    time,
    up,
    session,
    gateway,
    verdict,
    rtt: rtt ?? null,
    answer: answer ?? null,
    tries,
    lost,
    error: error ?? null,
    next: next ?? null,
  };
}

/** Reads `BOOT+SECONDS`. */
function uptimeOf({ up }: Record<string, unknown>): Uptime | null {
  const [, boot, seconds] = /^([0-9a-f]+)\+(\d{1,12})$/.exec(`${up}`) ?? [];
  if (boot === undefined) return null;
  return { boot, uptime: Number(seconds) * 1_000 };
}

function isAmount(value: unknown): value is number {
  // An exponent that is too large makes it infinite.
  return typeof value === "number" && value >= 0 && value < Infinity;
}

function isAmountOrAbsent(value: unknown): value is number | undefined {
  return value === undefined || isAmount(value);
}
