/**
 * The history: a JSON line for each cycle of each session, and for each late
 * reply. An absent field is 0 or `null`.
 *
 * @module
 */
import type { Verdict } from "../verdict.ts";
import { isRecord, isVerdict, parseJson } from "./json.ts";
import { type CycleResult, lossesOf } from "../finding.ts";
import { milliseconds } from "../words.ts";

/** How many digits of the boot id are in each line. */
export const bootDigits = 8;

/** A time by a clock that nobody sets. */
export interface Uptime {
  /** The first digits of the boot id. */
  readonly boot: string;
  /** The uptime of the machine in ms, in steps of 1 s. */
  readonly uptime: number;
}

/** When a line was written, and for which session. */
export interface LineFacts {
  /** The wall-clock time in ms. It may jump. */
  readonly time: number;
  /** The uptime at that time; `null` if the boot is not known. */
  readonly up: Uptime | null;
  /** The session's name. */
  readonly session: string;
}

/** A cycle in the history, at the time of its verdict. */
export interface CycleRecord extends LineFacts {
  /** The gateway, as configured; a URL for streams. */
  readonly gateway: string;
  /** The verdict. */
  readonly verdict: Verdict;
  /** The round trip after Karn, in ms; `null` if it is not known. */
  readonly rtt: number | null;
  /** Time from the first try to the proof of life or death, in ms; `null` without one. */
  readonly answer: number | null;
  /** Datagrams that left this machine. */
  readonly tries: number;
  /** How many of them got no valid answer. */
  readonly lost: number;
  /** The code of the last local failure, such as `ENETUNREACH`; `null` if there was none. */
  readonly error: string | null;
  /** Why a held connection was replaced; absent if none was. It is written, and not read. */
  readonly reconnect?: string;
  /** Time from `time` to the start of the next cycle, in ms; `null` if the session is over. */
  readonly next: number | null;
}

/** A late sign of life in the history. It makes the last verdict alive. */
export interface LateRecord extends LineFacts {
  /** Marks the line as a late reply. */
  readonly late: "alive";
  /** The round trip after Karn, in ms; `null` if it is not known. */
  readonly rtt: number | null;
  /** Time from the first try of its cycle, in ms. */
  readonly answer: number;
}

/** A line of the history. */
export type HistoryRecord = CycleRecord | LateRecord;

/** The part of a cycle's record that is not in its result. */
export type CycleFacts =
  & LineFacts
  & Pick<CycleRecord, "gateway" | "next">;

/** Makes the record of a cycle. A next cycle that is overdue starts now. */
export function cycleRecord(
  facts: CycleFacts,
  result: CycleResult,
): CycleRecord {
  const { reconnect = null } = result.stream ?? {};
  return {
    ...facts,
    verdict: result.verdict,
    rtt: result.rtt,
    answer: result.answerTime,
    tries: result.tries,
    lost: lossesOf(result),
    error: result.fault?.code ?? null,
    ...reconnect !== null && { reconnect },
    next: facts.next && Math.max(0, facts.next),
  };
}

/** Writes a line with its line feed. */
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
      reconnect: record.reconnect,
      next_ms: record.next === null ? undefined : Math.round(record.next),
    };
  return `${JSON.stringify(fields)}\n`;
}

function tenths(ms: number | null): number | undefined {
  return ms === null ? undefined : milliseconds(ms);
}

/** The begin of a time. `Date` also reads other forms, with extreme years. */
const rfc3339 = /^\d{4}-\d\d-\d\dT/;

/** No line is older, in wall-clock ms. A clock that was never set begins in 1970. */
export const earliest: number = Date.UTC(2020, 0);

/** Reads a line; `null` if it is damaged or its time is impossible. Unknown fields are ignored. */
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
  // A later line of the boot may correct the time.
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
