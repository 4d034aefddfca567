/**
 * The status file: the state of a running agent as readable JSON. It contains
 * no UIDs.
 *
 * @module
 */
import type { Verdict, VerdictClass } from "../verdict.ts";
import { isCount, isRecord, isVerdict, parseJson } from "./json.ts";
import { clockStep, type Instant } from "../instant.ts";
import type { LoginStatus } from "../finding.ts";
import type { LoginResult, Statistics, TimeStatistics } from "./statistics.ts";

/** The version of the format. A newer one is refused. */
const format = 1;

/** The agent in a status file. Times are RFC 3339. */
export interface AgentRecord {
  /** The version of lifesign. */
  readonly version: string;
  /** The process id. */
  readonly pid: number;
  /** When it started. */
  readonly started: string;
  /** When it wrote the file. */
  readonly updated: string;
  /** The uptime of the machine when it wrote the file, in ms. Setting the clock does not change it. */
  readonly uptime_ms: number;
  /** The id of the boot; `null` if unknown. */
  readonly boot_id: string | null;
  /** When it would write again at the latest; `null` if it has ended. */
  readonly stale_after: string | null;
  /** When it ended; `null` while it runs. */
  readonly stopped: string | null;
  /** Its exit code; `null` while it runs. */
  readonly exit_code: number | null;
}

/**
 * Round trips (`rtt_`), and times from a cycle's first try to the sign of life
 * (`answer_`), in ms. `last` is of the last cycle. `null` if a time is not known.
 */
export type TimeFields = Readonly<
  Record<
    `${"rtt" | "answer"}_${"min" | "avg" | "max" | "last"}_ms`,
    number | null
  >
>;

/** A session in a status file. Its times are RFC 3339; those in ms end in `_ms`. */
export interface SessionRecord extends TimeFields {
  /** Its name. */
  readonly session: string;
  /** The target as a URL. */
  readonly target: string;
  /** The gateway, as configured. */
  readonly gateway: string;
  /** The gateway address of the last valid answer; `null` without one. */
  readonly answered: string | null;
  /** The last verdict; `null` before the first. */
  readonly verdict: Verdict | null;
  /** What the peer of a stream said in the last cycle; `null` for nothing. */
  readonly note: string | null;
  /** What was not as it was expected in the last cycle, though it was alive; `null` for nothing. */
  readonly warning: string | null;
  /** When the last verdict began. */
  readonly since: string | null;
  /** The last sign of life. */
  readonly last_alive: string | null;
  /** When the next or present cycle starts; `null` once the session is over. */
  readonly next_cycle: string | null;
  /** The share of cycles without a sign of life in the 15 minutes before the last one, from 0 to 1. */
  readonly without_alive_15min: number | null;
  /** The same for 24 hours. */
  readonly without_alive_24h: number | null;
  /** The number of cycles by verdict. */
  readonly cycles: Readonly<Record<Verdict, number>>;
  /** How many faults a late reply has corrected. */
  readonly mended: number;
  /** How often a held connection was replaced. */
  readonly reconnects: number;
  /** Datagrams sent, or connections tried. */
  readonly tries: number;
  /** How many of them got no valid answer before their cycle ended. */
  readonly losses: number;
  /** The number of discarded datagrams by reason. */
  readonly discarded: Readonly<Record<string, number>>;
  /** The number of transitions by their new class. */
  readonly transitions: Readonly<Record<VerdictClass, number>>;
  /** The last cycles, for `recentCycles()`; empty in files of an older lifesign. */
  readonly recent: string;
  /** What the logins are at; `null` if none was ever needed. */
  readonly login: LoginRecord | null;
  /** The number of logins by how they ended. */
  readonly logins: Readonly<Record<LoginResult, number>>;
}

/** What a session's logins are at, in a status file. */
export interface LoginRecord extends Omit<LoginStatus, "at" | "lastExit"> {
  /** When the next one starts; `null` unless one is due. */
  readonly next: string | null;
  /** How the last one ended: its exit status, or what has ended it; `null` without one. */
  readonly last_exit: number | string | null;
}

/** A status file. */
export interface StatusDocument extends AgentRecord {
  /** Its sessions. */
  readonly sessions: readonly SessionRecord[];
}

/** The part of a session's record that is not in its statistics. */
export interface SessionFacts {
  /** Its name. */
  readonly name: string;
  /** The target as a URL. */
  readonly target: string;
  /** The gateway, as configured. */
  readonly gateway: string;
  /** The gateway address of the last valid answer; `null` without one. */
  readonly answered: string | null;
  /** When its next cycle starts, in wall-clock ms; `null` if none does. */
  readonly next: number | null;
  /** What its logins are at, `at` in wall-clock ms; `null` if none was ever needed. */
  readonly login: LoginStatus | null;
}

/** Formats a wall-clock time in ms as RFC 3339; `null` stays `null`. */
export function timeOf(ms: number): string;
/** The same. */
export function timeOf(ms: number | null): string | null;
export function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** Makes the record of a session. */
export function sessionStatus(
  { name, target, gateway, answered, next, login }: SessionFacts,
  statistics: Statistics,
): SessionRecord {
  const { verdict, since, lastAlive, rtt, answer, ...rest } = statistics;
  const { withoutAlive15min, withoutAlive24h, note, warning, ...counts } = rest;
  return {
    session: name,
    target,
    gateway,
    answered,
    verdict,
    note,
    warning,
    since: timeOf(since),
    last_alive: timeOf(lastAlive),
    next_cycle: timeOf(next),
    rtt_min_ms: round(rtt.min, 10),
    rtt_avg_ms: round(averageOf(rtt), 10),
    rtt_max_ms: round(rtt.max, 10),
    rtt_last_ms: round(rtt.last, 10),
    answer_min_ms: round(answer.min, 10),
    answer_avg_ms: round(averageOf(answer), 10),
    answer_max_ms: round(answer.max, 10),
    answer_last_ms: round(answer.last, 10),
    without_alive_15min: round(withoutAlive15min, 10_000),
    without_alive_24h: round(withoutAlive24h, 10_000),
    ...counts,
    login: login && loginRecord(login),
  };
}

function loginRecord(
  { state, reason, attempt, at, lastExit }: LoginStatus,
): LoginRecord {
  return { state, reason, attempt, next: timeOf(at), last_exit: lastExit };
}

/** The average; `null` without any time. */
export function averageOf({ count, sum }: TimeStatistics): number | null {
  return count === 0 ? null : sum / count;
}

function round(value: number | null, parts: number): number | null {
  return value === null ? null : Math.round(value * parts) / parts;
}

/** Writes the file in parts: the agent, then each session. */
export function* formatDocument(
  agent: AgentRecord,
  sessions: Iterable<SessionRecord>,
): Iterable<string> {
  yield `{\n${lines({ format, ...agent }, "  ")},\n  "sessions": [\n`;
  let before = "";
  for (const session of sessions) {
    yield `${before}    {\n${lines(session, "      ")}\n    }`;
    before = ",\n";
  }
  yield "\n  ]\n}\n";
}

/** Writes one field per line. */
function lines(record: object, margin: string): string {
  let text = "";
  let before = `${margin}"`;
  for (const [key, value] of Object.entries(record)) {
    text += `${before}${key}": ${
      typeof value === "number" ? value : JSON.stringify(value)
    }`;
    before = `,\n${margin}"`;
  }
  return text;
}

/** Checks the value of a field. */
type Check = (value: unknown) => boolean;

const isString: Check = (value) => typeof value === "string";

const isNumber: Check = (value) => Number.isFinite(value);

const isTime: Check = (value) =>
  typeof value === "string" && !Number.isNaN(Date.parse(value));

function orNull(check: Check): Check {
  return (value) => value === null || check(value);
}

/** Whether an object has all fields with right values. Other fields are allowed. */
function fits(
  value: unknown,
  fields: Readonly<Record<string, Check>>,
): boolean {
  return isRecord(value) &&
    Object.entries(fields).every(([key, check]) =>
      Object.hasOwn(value, key) && check(value[key])
    );
}

const counts: Check = (value) =>
  isRecord(value) && Object.values(value).every(isCount);

const agentFields: Record<keyof AgentRecord, Check> = {
  version: isString,
  pid: isNumber,
  started: isTime,
  updated: isTime,
  uptime_ms: isCount,
  boot_id: orNull(isString),
  stale_after: orNull(isTime),
  stopped: orNull(isTime),
  exit_code: orNull(isNumber),
};

function isOneOf(words: readonly string[]): Check {
  return (value) => words.some((word) => word === value);
}

const loginFields: Record<keyof LoginRecord, Check> = {
  state: isOneOf(["idle", "due", "running", "hopeful", "over"]),
  reason: isOneOf(["start", "dead"]),
  attempt: isCount,
  next: orNull(isTime),
  last_exit: orNull((value) => isString(value) || isNumber(value)),
};

const sessionFields: Record<keyof SessionRecord, Check> = {
  session: isString,
  target: isString,
  gateway: isString,
  answered: orNull(isString),
  verdict: orNull(isVerdict),
  note: orNull(isString),
  warning: orNull(isString),
  since: orNull(isTime),
  last_alive: orNull(isTime),
  next_cycle: orNull(isTime),
  rtt_min_ms: orNull(isNumber),
  rtt_avg_ms: orNull(isNumber),
  rtt_max_ms: orNull(isNumber),
  rtt_last_ms: orNull(isNumber),
  answer_min_ms: orNull(isNumber),
  answer_avg_ms: orNull(isNumber),
  answer_max_ms: orNull(isNumber),
  answer_last_ms: orNull(isNumber),
  without_alive_15min: orNull(isNumber),
  without_alive_24h: orNull(isNumber),
  cycles: counts,
  mended: isCount,
  reconnects: isCount,
  tries: isCount,
  losses: isCount,
  discarded: counts,
  transitions: counts,
  recent: isString,
  login: orNull((value) => fits(value, loginFields)),
  logins: counts,
};

/** What files of an older lifesign lack; its targets were all of srun's. */
const added = {
  recent: "",
  note: null,
  warning: null,
  reconnects: 0,
  login: null,
  logins: { ok: 0, failed: 0 },
};

const areSessions: Check = (value) =>
  Array.isArray(value) &&
  value.every((item) => fits({ ...added, target: "", ...item }, sessionFields));

/** Reads a status file. Throws a `RangeError` with the reason if it is damaged or too new. */
export function parseDocument(text: string): StatusDocument {
  const value = parseJson(text);
  if (!fits(value, { format: isNumber })) {
    throw new RangeError(
      "it is damaged, expected a file that lifesign run --status-file writes",
    );
  }
  const document = value as { format: number };
  if (document.format > format) {
    throw new RangeError(
      "a newer lifesign wrote it, use that one to read it",
    );
  }
  if (!fits(document, { ...agentFields, sessions: areSessions })) {
    throw new RangeError(
      "it is damaged, expected a file that lifesign run --status-file writes",
    );
  }
  const { format: _format, sessions, ...agent } = document as unknown as
    & StatusDocument
    & { readonly format: number };
  return {
    ...agent,
    sessions: sessions.map((session) => {
      const target = session.target ?? `srun://${session.gateway}`;
      return { ...added, ...session, target };
    }),
  };
}

/** The present of a machine. */
export interface Present extends Instant {
  /** The id of the boot; `null` if unknown. */
  readonly bootId: string | null;
}

/** The resolution of uptimes, in ms. */
const resolution = 1_000;

/** Corrects the times if the wall clock was set since. A document of another or unknown boot stays as it is. */
export function datedBy(
  document: StatusDocument,
  present: Present,
): StatusDocument {
  const { boot_id, uptime_ms: uptime, updated } = document;
  if (boot_id === null || boot_id !== present.bootId) return document;
  const step = clockStep({ wall: Date.parse(updated), uptime }, present);
  if (step === 0) return document;
  const moved = (time: string | null, by = step) =>
    time === null ? null : timeOf(Date.parse(time) + by);
  return {
    ...document,
    started: moved(document.started)!,
    updated: moved(updated)!,
    // What is stale must not become fresh by a step that is a second too long.
    stale_after: moved(document.stale_after, step - resolution),
    stopped: moved(document.stopped),
    sessions: document.sessions.map((session) => ({
      ...session,
      since: moved(session.since),
      last_alive: moved(session.last_alive),
      next_cycle: moved(session.next_cycle),
      login: session.login &&
        { ...session.login, next: moved(session.login.next) },
    })),
  };
}

/** How far in the future a status file may be, in ms, since clocks are adjusted all the time. */
const future = 10_000;

/** Whether the agent is overdue. The document comes from {@linkcode datedBy}. */
export function isStale(
  { updated, uptime_ms, boot_id, stale_after }: StatusDocument,
  present: Present,
): boolean {
  if (stale_after === null) return false;
  const { wall, uptime, bootId } = present;
  const written = Date.parse(updated);
  const limit = Date.parse(stale_after);
  if (wall > limit || written > wall + future) return true;
  if (boot_id !== null && bootId !== null) return false;
  // Whichever boot it was: a shorter uptime means a restart, and a much longer one a late agent.
  const age = uptime - uptime_ms;
  return age < -resolution || age > limit - written + resolution;
}
