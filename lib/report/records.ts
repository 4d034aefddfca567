/**
 * The history as it is read: what it says of each session, in the order of time.
 *
 * @module
 */
import { clockStep, type Instant, wallTimeOf } from "../instant.ts";
import {
  bootDigits,
  type CycleRecord,
  earliest,
  type LateRecord,
  parseRecord,
} from "../status/history.ts";
import type { Present } from "../status/status_document.ts";

/** What is kept of a cycle. */
export type Cycle = Pick<
  CycleRecord,
  "time" | "verdict" | "rtt" | "answer" | "tries" | "lost" | "next"
>;

/** What is kept of a sign of life that came late. */
export type Late = Pick<LateRecord, "time" | "late" | "answer">;

/** What is kept of a line. */
export type Entry = Cycle | Late;

/** Tells a cycle from what came late. */
export function isCycle(entry: Entry): entry is Cycle {
  return !("late" in entry);
}

/** What the history says of a session. */
export interface SessionRecords {
  /** Its name. */
  readonly session: string;
  /** Its gateway, as it was set last; `null` if no cycle says it. */
  readonly gateway: string | null;
  /** The last cycle before the time that is asked for, and what came late after it; empty without such a time. */
  readonly before: readonly Entry[];
  /** What there is since then, oldest first. */
  readonly entries: readonly Entry[];
}

/** What a history holds. */
export interface History {
  /** Its sessions, in the order in which they appear. */
  readonly sessions: readonly SessionRecords[];
  /** How many lines could not be read, or are of a time that can't be right. */
  readonly damagedLines: number;
  /** When the machine's clock was set, oldest first. */
  readonly clockSets: readonly ClockSet[];
}

/** The clock of the machine was set. */
export interface ClockSet {
  /** When it had been by then, in wall-clock ms. */
  readonly time: number;
  /** How far, in ms; negative is back. */
  readonly by: number;
}

/** What is asked for. */
export interface HistoryOptions {
  /** In wall-clock ms; older lines only tell how things stood then. `null` for all. */
  readonly since: number | null;
  /** The sessions that are wanted; empty for all. */
  readonly names: readonly string[];
  /** The machine's clocks at present, which may have been set since the last line; absent if nobody knows. */
  readonly present?: Present;
}

/** Reads a history, file after file. */
export interface HistoryReader {
  /** Reads a file, older ones first; throws a `RangeError` if the lines are too many. */
  read(bytes: Uint8Array): void;
  /** The names of all sessions so far. */
  readonly names: readonly string[];
  /** All that was read, at the end. */
  finish(): History;
}

/** So many lines take 300 MB, and an executable has 512 MB. */
const mostEntries = 2_000_000;

/** No line is longer, in bytes. */
const longestLine = 1024 * 1024;

/** Older lines than are asked for may be dated anew once the clock is set; of a session so many wait for that. */
const mostHeld = 1_000;

/** How a boot's clocks are to each other until the wall clock is set. */
interface Setting {
  readonly boot: Boot;
  readonly first: Instant;
}

/** A boot of the machine, with the settings of its clock, of which the last one is believed. */
interface Boot {
  readonly settings: Setting[];
}

/** An entry, and by which clock its time is. */
interface Dated {
  readonly entry: Entry;
  readonly setting: Setting | null;
}

/** A session that is being read. */
interface Gathered {
  gateway: string | null;
  before: Entry[];
  /** Those that are older than is asked for, unless the clock was set since. */
  held: Dated[];
  readonly entries: Entry[];
  /** The settings of the entries' clocks, in their order. */
  readonly settings: (Setting | null)[];
}

/** Begins to read a history; at most `most` lines are kept. */
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
    const entry = essenceOf(record);
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

  /** Takes an entry that only tells how things stood before. */
  function pass(gathered: Gathered, entry: Entry): void {
    gathered.before = "late" in entry
      ? [...gathered.before.slice(0, 1), entry]
      : [entry];
  }

  /** By which clock of a boot's a line was written. */
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
      held: [],
      entries: [],
      settings: [],
    };
    sessions.set(name, gathered);
    return gathered;
  }

  /** Dates a session's entries by the clock that is believed, in the order of time. */
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
    const { gateway, before } = gathered;
    return { session, gateway, before, entries: dated.slice(start) };
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

function isSorted(entries: readonly Entry[]): boolean {
  return entries.every(({ time }, at) =>
    at === 0 || entries[at - 1]!.time <= time
  );
}

/** An entry at the time that it was by the clock that is believed. */
function datedEntry({ entry, setting }: Dated): Entry {
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

function essenceOf(record: CycleRecord | LateRecord): Entry {
  const { time, answer } = record;
  if ("late" in record) {
    return { time, late: record.late, answer: record.answer };
  }
  const { verdict, rtt, tries, lost, next } = record;
  return { time, verdict, rtt, answer, tries, lost, next };
}

/** The lines of a file, many at a time, since a text has a limit; `null` for one that is too long. */
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
