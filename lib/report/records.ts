/**
 * The history as it is read: what it says of each session, in the order of time.
 *
 * @module
 */
import {
  type CycleRecord,
  type LateRecord,
  parseRecord,
} from "../status/history.ts";

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
  /** How many lines could not be read. */
  readonly damagedLines: number;
}

/** What is asked for. */
export interface HistoryOptions {
  /** In wall-clock ms; older lines only tell how things stood then. `null` for all. */
  readonly since: number | null;
  /** The sessions that are wanted; empty for all. */
  readonly names: readonly string[];
}

/** Reads a history, file after file. */
export interface HistoryReader {
  /** Reads a file, older ones first; throws a `RangeError` that says what is wanted if the lines are too many. */
  read(bytes: Uint8Array): void;
  /** The names of all sessions so far. */
  readonly names: readonly string[];
  /** All that was read. */
  readonly history: History;
}

/** So many lines take 300 MB, and an executable has 512 MB. */
const mostEntries = 2_000_000;

/** No line is longer, in bytes. */
const longestLine = 1024 * 1024;

/** A session that is being read. */
interface Gathered {
  gateway: string | null;
  before: Entry[];
  readonly entries: Entry[];
  isSorted: boolean;
}

/** Begins to read a history; at most `most` lines are kept. */
export function readHistory(
  { since, names }: HistoryOptions,
  most: number = mostEntries,
): HistoryReader {
  const sessions = new Map<string, Gathered>();
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
    if (since !== null && entry.time < since) {
      gathered.before = "late" in entry
        ? [...gathered.before.slice(0, 1), entry]
        : [entry];
      return;
    }
    if (++kept > most) {
      throw new RangeError(
        `it has more than ${most} lines, a later --since is wanted`,
      );
    }
    const { entries } = gathered;
    // A clock that was set back, or another agent, may have written an older one.
    if (entry.time < (entries.at(-1)?.time ?? -Infinity)) {
      gathered.isSorted = false;
    }
    entries.push(entry);
  }

  function sessionOf(name: string): Gathered {
    const known = sessions.get(name);
    if (known !== undefined) return known;
    const gathered = { gateway: null, before: [], entries: [], isSorted: true };
    sessions.set(name, gathered);
    return gathered;
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
    get history() {
      const wanted = [...sessions].filter(([name]) =>
        names.length === 0 || names.includes(name)
      );
      return {
        sessions: wanted.map(([session, { isSorted, ...gathered }]) => ({
          session,
          ...gathered,
          entries: isSorted
            ? gathered.entries
            : gathered.entries.toSorted((a, b) => a.time - b.time),
        })),
        damagedLines,
      };
    },
  };
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
