/**
 * The history: a JSON line for each cycle of each session, each late reply and
 * each login, and one for how a session is watched, where that is new and once a
 * day. An absent field is 0 or `null`.
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
  /** Why a held connection was replaced; `null` if none was. */
  readonly reconnect: string | null;
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

/** The end of a command that logs in. */
export interface LoginRecord extends LineFacts {
  /** Its exit status, or in a word what ended it instead. */
  readonly login: number | string;
}

/** How a session is watched; durations in ms, `null` for what is not known. */
export interface Watch {
  /** The version of lifesign. */
  readonly version: string;
  /** The name of the machine. */
  readonly host: string | null;
  /** What is asked, as a URL. */
  readonly target: string;
  /** The local address that heartbeats leave from. */
  readonly source: string | null;
  /** From the start of a cycle to the start of the next one. */
  readonly interval: number;
  /** The wait after the first try. */
  readonly timeout: number;
  /** Tries in a series. */
  readonly tries: number;
}

/** How a session is watched from now on. */
export interface WatchRecord extends LineFacts {
  /** How. */
  readonly watch: Watch;
}

/** A line of the history. */
export type HistoryRecord =
  | CycleRecord
  | LateRecord
  | LoginRecord
  | WatchRecord;

/** The part of a cycle's record that is not in its result. */
export type CycleFacts =
  & LineFacts
  & Pick<CycleRecord, "gateway" | "next">;

/** Makes the record of a cycle. A next cycle that is overdue starts now. */
export function cycleRecord(
  facts: CycleFacts,
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
    reconnect: result.stream?.reconnect ?? null,
    next: facts.next && Math.max(0, facts.next),
  };
}

/** Writes a line with its line feed. */
export function formatRecord(record: HistoryRecord): string {
  return `${JSON.stringify(fieldsOf(record))}\n`;
}

function fieldsOf(record: HistoryRecord): object {
  const { session } = record;
  const up = record.up === null
    ? undefined
    : `${record.up.boot}+${record.up.uptime / 1_000}`;
  const time = new Date(record.time).toISOString();
  if ("login" in record) return { time, up, session, login: record.login };
  if ("watch" in record) {
    const { version, host, target, source, ...rest } = record.watch;
    const watch = {
      version,
      host: host ?? undefined,
      target,
      source: source ?? undefined,
      interval_ms: rest.interval,
      timeout_ms: rest.timeout,
      tries: rest.tries,
    };
    return { time, up, session, watch };
  }
  const rtt_ms = tenths(record.rtt);
  const answer = tenths(record.answer);
  const answer_ms = answer === rtt_ms ? undefined : answer;
  if ("late" in record) {
    return { time, up, session, late: record.late, rtt_ms, answer_ms };
  }
  return {
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
    reconnect: record.reconnect ?? undefined,
    next_ms: record.next === null ? undefined : Math.round(record.next),
  };
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
  const { login, watch: how, reconnect } = fields;
  if (typeof login === "number" || typeof login === "string") {
    return { time, up, session, login };
  }
  if (how !== undefined) {
    const watch = watchOf(how);
    return watch && { time, up, session, watch };
  }
  if (!isAmountOrAbsent(rtt) || !isAmountOrAbsent(answer)) return null;
  if (!isAmountOrAbsent(next)) return null;
  if (late === "alive") {
    return answer === undefined
      ? null
      : { time, up, session, late, rtt: rtt ?? null, answer };
  }
  if (late !== undefined || typeof gateway !== "string") return null;
  if (!isVerdict(verdict) || !isAmount(tries) || !isAmount(lost)) return null;
  if (!isTextOrAbsent(error) || !isTextOrAbsent(reconnect)) return null;
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
    reconnect: reconnect ?? null,
    next: next ?? null,
  };
}

/** Reads how a session is watched; `null` if it is damaged. */
function watchOf(fields: unknown): Watch | null {
  if (!isRecord(fields)) return null;
  const { version, host, target, source, tries } = fields;
  const { interval_ms: interval, timeout_ms: timeout } = fields;
  if (typeof version !== "string" || typeof target !== "string") return null;
  if (!isTextOrAbsent(host) || !isTextOrAbsent(source)) return null;
  if (!isAmount(interval) || !isAmount(timeout) || !isAmount(tries)) {
    return null;
  }
  const known = { host: host ?? null, source: source ?? null };
  return { version, target, ...known, interval, timeout, tries };
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

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}
