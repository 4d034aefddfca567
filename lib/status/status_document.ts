/**
 * The status file: what a running agent last found out, as JSON that people
 * can read, too. UIDs are not in it.
 *
 * @module
 */
import type { Verdict, VerdictClass } from "../verdict.ts";
import { isCount, isRecord, isVerdict, parseJson } from "./json.ts";
import { clockStep, type Instant } from "../instant.ts";
import type { Statistics, TimeStatistics } from "./statistics.ts";

/** What this lifesign writes; a reader refuses what is newer. */
const format = 1;

/** What a status file says of the agent; times are RFC 3339. */
export interface AgentRecord {
  /** The lifesign that wrote it. */
  readonly version: string;
  /** Its process. */
  readonly pid: number;
  /** When it started. */
  readonly started: string;
  /** When it wrote this. */
  readonly updated: string;
  /** How long the machine had been up when it wrote this, in ms; no clock that is set changes it. */
  readonly uptime_ms: number;
  /** Tells the boot of the machine from others; `null` where nobody knows. */
  readonly boot_id: string | null;
  /** When it would have written again at the latest; `null` if it ended. */
  readonly stale_after: string | null;
  /** When it ended; `null` while it runs. */
  readonly stopped: string | null;
  /** What it ended with; `null` while it runs. */
  readonly exit_code: number | null;
}

/** What a status file says of a session; times are RFC 3339, those in ms end in `_ms`. */
export interface SessionRecord {
  /** Its name. */
  readonly session: string;
  /** Its gateway, as it was set. */
  readonly gateway: string;
  /** The address of its gateway that answered validly last; `null` if none has. */
  readonly answered: string | null;
  /** The last verdict; `null` before the first. */
  readonly verdict: Verdict | null;
  /** Since when each verdict was this one. */
  readonly since: string | null;
  /** When life was last proven. */
  readonly last_alive: string | null;
  /** When the next cycle starts, or the one under way was to start; `null` once the session is over. */
  readonly next_cycle: string | null;
  /** The shortest round trip. */
  readonly rtt_min_ms: number | null;
  /** Their average. */
  readonly rtt_avg_ms: number | null;
  /** The longest. */
  readonly rtt_max_ms: number | null;
  /** That of the last cycle; `null` if it proved no life, or nobody knows which try was answered. */
  readonly rtt_last_ms: number | null;
  /** The shortest time from a cycle's first try to the sign of life, whichever try was answered. */
  readonly answer_min_ms: number | null;
  /** Their average. */
  readonly answer_avg_ms: number | null;
  /** The longest. */
  readonly answer_max_ms: number | null;
  /** That of the last cycle; `null` if it proved no life. */
  readonly answer_last_ms: number | null;
  /** The share of the cycles that proved no life, from 0 to 1, over the 15 minutes before the last one. */
  readonly without_alive_15min: number | null;
  /** The same for 24 hours. */
  readonly without_alive_24h: number | null;
  /** Cycles by verdict. */
  readonly cycles: Readonly<Record<Verdict, number>>;
  /** Faults that a late sign of life has mended. */
  readonly mended: number;
  /** Datagrams sent. */
  readonly tries: number;
  /** Those that nothing valid answered while their cycle went on. */
  readonly losses: number;
  /** Datagrams that did not count, by reason. */
  readonly discarded: Readonly<Record<string, number>>;
  /** Transitions by the class that they led to. */
  readonly transitions: Readonly<Record<VerdictClass, number>>;
  /** The last cycles, as `recentCycles()` reads them; empty where an older lifesign wrote it. */
  readonly recent: string;
}

/** All that a status file says. */
export interface StatusDocument extends AgentRecord {
  /** Its sessions. */
  readonly sessions: readonly SessionRecord[];
}

/** What of a session is not in its statistics. */
export interface SessionFacts {
  /** Its name. */
  readonly name: string;
  /** Its gateway, as it was set. */
  readonly gateway: string;
  /** The address that answered validly last; `null` if none has. */
  readonly answered: string | null;
  /** When its next cycle starts, in wall-clock ms; `null` for never. */
  readonly next: number | null;
}

/** A wall-clock time in ms as RFC 3339; `null` stays `null`. */
export function timeOf(ms: number): string;
/** The same. */
export function timeOf(ms: number | null): string | null;
export function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** What a status file says of a session. */
export function sessionStatus(
  { name, gateway, answered, next }: SessionFacts,
  statistics: Statistics,
): SessionRecord {
  const { rtt, answer, ...rest } = statistics;
  return {
    session: name,
    gateway,
    answered,
    verdict: rest.verdict,
    since: timeOf(rest.since),
    last_alive: timeOf(rest.lastAlive),
    next_cycle: timeOf(next),
    rtt_min_ms: round(rtt.min, 10),
    rtt_avg_ms: round(averageOf(rtt), 10),
    rtt_max_ms: round(rtt.max, 10),
    rtt_last_ms: round(rtt.last, 10),
    answer_min_ms: round(answer.min, 10),
    answer_avg_ms: round(averageOf(answer), 10),
    answer_max_ms: round(answer.max, 10),
    answer_last_ms: round(answer.last, 10),
    without_alive_15min: round(rest.withoutAlive15min, 10_000),
    without_alive_24h: round(rest.withoutAlive24h, 10_000),
    cycles: rest.cycles,
    mended: rest.mended,
    tries: rest.tries,
    losses: rest.losses,
    discarded: rest.discarded,
    transitions: rest.transitions,
    recent: rest.recent,
  };
}

/** The average; `null` without any. */
export function averageOf({ count, sum }: TimeStatistics): number | null {
  return count === 0 ? null : sum / count;
}

function round(value: number | null, parts: number): number | null {
  return value === null ? null : Math.round(value * parts) / parts;
}

/** Writes the file from the agent's part and its sessions, a part for each. */
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

/** One field a line. */
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

/** Tells whether a value is what a field has to be. */
type Check = (value: unknown) => boolean;

const isString: Check = (value) => typeof value === "string";

const isNumber: Check = (value) => Number.isFinite(value);

const isTime: Check = (value) =>
  typeof value === "string" && !Number.isNaN(Date.parse(value));

function orNull(check: Check): Check {
  return (value) => value === null || check(value);
}

/** Whether all fields are there, and are what they have to be; others may be there as well. */
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

const sessionFields: Record<keyof SessionRecord, Check> = {
  session: isString,
  gateway: isString,
  answered: orNull(isString),
  verdict: orNull(isVerdict),
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
  tries: isCount,
  losses: isCount,
  discarded: counts,
  transitions: counts,
  recent: isString,
};

const areSessions: Check = (value) =>
  Array.isArray(value) &&
  value.every((item) => fits({ recent: "", ...item }, sessionFields));

/** Reads a status file. Throws a `RangeError` that says what is wrong with it, and what is expected. */
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
    sessions: sessions.map((session) => ({
      ...session,
      recent: session.recent ?? "",
    })),
  };
}

/** The present on a machine. */
export interface Present extends Instant {
  /** Tells the boot of the machine from others; `null` where nobody knows. */
  readonly bootId: string | null;
}

/** Uptimes are told in seconds, in ms. */
const resolution = 1_000;

/** A status with its times by the wall clock as it is now, which may have been set since; as it is if another boot of the machine wrote it, or nobody knows. */
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
    })),
  };
}

/** A status file is believed if it is from so little in the future, in ms: clocks are set by a little all the time. */
const future = 10_000;

/** Whether an agent ought to have written again, of a status that {@linkcode datedBy} has dated. */
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
  // Whichever boot it was: a machine that has been up for less has started anew since, and one that has been up for so much longer has waited.
  const age = uptime - uptime_ms;
  return age < -resolution || age > limit - written + resolution;
}
