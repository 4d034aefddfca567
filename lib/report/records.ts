/**
 * Reads the history: the cycles of each session in the order of time.
 *
 * @module
 */
import { clockStep, type Instant, wallTimeOf } from "../instant.ts";
import {
  bootDigits,
  type CycleRecord,
  earliest,
  type HistoryRecord,
  type LateRecord,
  type LoginRecord,
  parseRecord,
  type WatchRecord,
} from "../status/history.ts";
import type { Present } from "../status/status_document.ts";

/** The fields of a cycle that a report needs. */
export type Cycle = Pick<
  CycleRecord,
  | "time"
  | "verdict"
  | "rtt"
  | "answer"
  | "tries"
  | "lost"
  | "error"
  | "reconnect"
  | "next"
>;

/** The fields of a late reply that a report needs. */
export type Late = Pick<LateRecord, "time" | "late" | "answer">;

/** What a session was found to be. */
export type Entry = Cycle | Late;

/** A login as a report needs it. */
export type Login = Pick<LoginRecord, "time" | "login">;

/** How a session is watched from a time on. */
export type Watching = Pick<WatchRecord, "time" | "watch">;

/** A line of the history. */
type Line = Entry | Login | Watching;

/** Whether a line is a cycle, and not a late reply. */
export function isCycle(entry: Entry): entry is Cycle {
  return "verdict" in entry;
}

function isEntry(line: Line): line is Entry {
  return "verdict" in line || "late" in line;
}

/** The history of a session. */
export interface SessionRecords {
  /** Its name. */
  readonly session: string;
  /** Its last configured gateway; `null` if no cycle names one. */
  readonly gateway: string | null;
  /** The last cycle before the requested time, and its late reply; empty if all lines are requested. */
  readonly before: readonly Entry[];
  /** The lines since then, oldest first. */
  readonly entries: readonly Entry[];
  /** The logins since then, oldest first. */
  readonly logins: readonly Login[];
  /** How it was watched at that time, and what changed since then, oldest first. */
  readonly watches: readonly Watching[];
}

/** A whole history. */
export interface History {
  /** Its sessions, in the order of their first lines. */
  readonly sessions: readonly SessionRecords[];
  /** The number of lines that are unreadable or have an impossible time. */
  readonly damagedLines: number;
  /** The times when the machine's clock was set, oldest first. */
  readonly clockSets: readonly ClockSet[];
}

/** A change of the machine's clock. */
export interface ClockSet {
  /** The time of the change, in wall-clock ms. */
  readonly time: number;
  /** The step in ms; negative if the clock went back. */
  readonly by: number;
}

/** Which lines to read. */
export interface HistoryOptions {
  /** The requested time, in wall-clock ms. Older lines only give the state at that time. `null` for all lines. */
  readonly since: number | null;
  /** The names of the sessions; empty for all. */
  readonly names: readonly string[];
  /** The machine's clocks now, since the clock may have been set after the last line; absent if unknown. */
  readonly present?: Present;
}

/** Reads a history file by file. */
export interface HistoryReader {
  /** Reads the next file; older files come first. Throws a `RangeError` if there are too many lines. */
  read(bytes: Uint8Array): void;
  /** The names of all sessions so far. */
  readonly names: readonly string[];
  /** Returns the history after the last file. */
  finish(): History;
}

/** The most lines: they take 300 MB of the 512 MB that an executable has. */
const mostEntries = 2_000_000;

/** The longest line, in bytes. */
const longestLine = 1024 * 1024;

/** How many older lines of a session are kept, since a later line may change their times. */
const mostHeld = 1_000;

/** A period of a boot in which nobody set the wall clock. */
interface Setting {
  readonly boot: Boot;
  readonly first: Instant;
}

/** A boot of the machine. The last setting of its clock is taken as right. */
interface Boot {
  readonly settings: Setting[];
}

/** A line, and the clock setting of its time. */
interface Dated {
  readonly entry: Line;
  readonly setting: Setting | null;
}

/** The lines of a session so far. */
interface Gathered {
  gateway: string | null;
  before: Entry[];
  /** How it was watched before the requested time. */
  watched: Watching[];
  /** Lines before the requested time, unless the clock was set later. */
  held: Dated[];
  readonly entries: Line[];
  /** The clock setting of each line. */
  readonly settings: (Setting | null)[];
}

/** Makes a reader that keeps at most `most` lines. */
export function readHistory(
  { since, names, present }: HistoryOptions,
  most: number = mostEntries,
): HistoryReader {
  const sessions = new Map<string, Gathered>();
  const boots = new Map<string, Boot>();
  let damagedLines = 0;
  let kept = 0;

  function add(line: string): void {
    if (line === "") return;
    const record = parseRecord(line);
    if (record === null) {
      damagedLines++;
      return;
    }
    const gathered = sessionOf(record.session);
    if ("gateway" in record) gathered.gateway = record.gateway;
    if (names.length > 0 && !names.includes(record.session)) return;
    const entry = entryOf(record);
    const { time, up } = record;
    const setting = up && settingOf(up.boot, { wall: time, uptime: up.uptime });
    if (since !== null && time < since) {
      if (setting === null) return pass(gathered, entry);
      gathered.held.push({ entry, setting });
      if (gathered.held.length <= 2 * mostHeld) return;
      const old = gathered.held.slice(0, mostHeld);
      gathered.held = gathered.held.slice(mostHeld);
      for (const { entry } of old) pass(gathered, entry);
      return;
    }
    if (++kept > most) {
      throw new RangeError(
        `it has more than ${most} lines, expected a later --since, e.g. --since 24h`,
      );
    }
    gathered.entries.push(entry);
    gathered.settings.push(setting);
  }

  /** Takes a line before the requested time. */
  function pass(gathered: Gathered, entry: Line): void {
    if ("watch" in entry) gathered.watched = [entry];
    if (!isEntry(entry)) return;
    gathered.before = "late" in entry
      ? [...gathered.before.slice(0, 1), entry]
      : [entry];
  }

  /** The clock setting of a boot at the time of a line. */
  function settingOf(name: string, instant: Instant): Setting {
    const boot = boots.get(name) ?? { settings: [] };
    boots.set(name, boot);
    const last = boot.settings.at(-1);
    if (last !== undefined && clockStep(last.first, instant) === 0) return last;
    const setting = { boot, first: instant };
    boot.settings.push(setting);
    return setting;
  }

  function sessionOf(name: string): Gathered {
    const known = sessions.get(name);
    if (known !== undefined) return known;
    const gathered = {
      gateway: null,
      before: [],
      watched: [],
      held: [],
      entries: [],
      settings: [],
    };
    sessions.set(name, gathered);
    return gathered;
  }

  /** Corrects the times of a session's entries, and sorts them. */
  function finish(session: string, gathered: Gathered): SessionRecords {
    const all = gathered.held.map(datedEntry);
    for (const [at, entry] of gathered.entries.entries()) {
      all.push(datedEntry({ entry, setting: gathered.settings[at]! }));
    }
    // A clock that was set back, or another agent, may have written an older one.
    if (!isSorted(all)) all.sort((a, b) => a.time - b.time);
    const dated = all.filter(({ time }) => time >= earliest);
    damagedLines += all.length - dated.length;
    const first = since === null
      ? 0
      : dated.findIndex(({ time }) => time >= since);
    const start = first < 0 ? dated.length : first;
    for (const entry of dated.slice(0, start)) pass(gathered, entry);
    const { gateway, before, watched } = gathered;
    const lines = dated.slice(start);
    return {
      session,
      gateway,
      before,
      entries: lines.filter(isEntry),
      logins: lines.filter((line) => "login" in line),
      watches: [...watched, ...lines.filter((line) => "watch" in line)],
    };
  }

  return {
    read(bytes) {
      for (const lines of linesOf(bytes)) {
        if (lines === null) damagedLines++;
        else lines.forEach(add);
      }
    },
    get names() {
      return [...sessions.keys()];
    },
    finish() {
      const boot = present?.bootId?.slice(0, bootDigits);
      if (present && boot !== undefined && boots.has(boot)) {
        settingOf(boot, present);
      }
      const wanted = [...sessions].filter(([name]) =>
        names.length === 0 || names.includes(name)
      );
      const clockSets = [...boots.values()].flatMap(clockSetsOf)
        .filter(({ time }) => time >= (since ?? earliest))
        .sort((a, b) => a.time - b.time);
      return {
        sessions: wanted.map(([name, gathered]) => finish(name, gathered)),
        damagedLines,
        clockSets,
      };
    },
  };
}

function isSorted(entries: readonly Line[]): boolean {
  return entries.every(({ time }, at) =>
    at === 0 || entries[at - 1]!.time <= time
  );
}

/** Corrects the time of an entry by the last setting of its clock. */
function datedEntry({ entry, setting }: Dated): Line {
  if (setting === null) return entry;
  const last = setting.boot.settings.at(-1)!;
  const step = clockStep(setting.first, last.first);
  return step === 0 ? entry : { ...entry, time: entry.time + step };
}

function clockSetsOf({ settings }: Boot): ClockSet[] {
  const last = settings.at(-1)!;
  return settings.slice(1).map(({ first }, at) => ({
    time: wallTimeOf(first, last.first),
    by: clockStep(settings[at]!.first, first),
  }));
}

function entryOf(record: HistoryRecord): Line {
  const { time } = record;
  if ("login" in record) return { time, login: record.login };
  if ("watch" in record) return { time, watch: record.watch };
  if ("late" in record) {
    return { time, late: record.late, answer: record.answer };
  }
  const { verdict, rtt, answer, tries, lost, error, reconnect, next } = record;
  return { time, verdict, rtt, answer, tries, lost, error, reconnect, next };
}

/** Yields the lines of a file in chunks, since a string has a limit; `null` for a line that is too long. */
function* linesOf(bytes: Uint8Array): Generator<readonly string[] | null> {
  const decoder = new TextDecoder();
  const lineFeed = 10;
  for (let start = 0; start < bytes.length;) {
    const most = start + longestLine;
    const last = most < bytes.length
      ? bytes.lastIndexOf(lineFeed, most - 1)
      : bytes.length - 1;
    if (last >= start) {
      yield decoder.decode(bytes.subarray(start, last + 1)).split("\n");
      start = last + 1;
    } else {
      yield null;
      const end = bytes.indexOf(lineFeed, most);
      start = end < 0 ? bytes.length : end + 1;
    }
  }
}
