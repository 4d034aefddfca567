import { assert, assertEquals, assertThrows } from "@std/assert";
import { formatRecord } from "../status/history.ts";
import type { Verdict } from "../verdict.ts";
import { type HistoryOptions, readHistory } from "./records.ts";

/** When it began; times are told from there. */
const start = Date.UTC(2026, 10, 21);

function line(session: string, time: number, verdict: Verdict = "alive") {
  const gateway = `${session}.example:3335`;
  const rest = {
    up: null,
    rtt: 2,
    answer: 2,
    tries: 1,
    lost: 0,
    error: null,
    reconnect: null,
    next: 1_000,
  };
  return formatRecord({
    time: start + time,
    session,
    gateway,
    verdict,
    ...rest,
  });
}

function late(session: string, time: number) {
  return formatRecord({
    time: start + time,
    session,
    up: null,
    late: "alive",
    rtt: null,
    answer: 900,
  });
}

function read(
  texts: readonly string[],
  { since = null, names = [] }: Partial<HistoryOptions> = {},
  most?: number,
) {
  const from = since === null ? null : start + since;
  const reader = readHistory({ since: from, names }, most);
  for (const text of texts) reader.read(new TextEncoder().encode(text));
  const { sessions, damagedLines } = reader.finish();
  const timesOf = (entries: readonly { time: number }[]) =>
    entries.map(({ time }) => time - start);
  return {
    names: reader.names,
    damagedLines,
    sessions: sessions.map(({ session, gateway, before, entries }) =>
      [session, gateway, timesOf(before), timesOf(entries)] as const
    ),
  };
}

Deno.test("readHistory() puts the lines of all files together by session, in the order of time", () => {
  const texts = [
    line("a", 1_000) + line("b", 1_500) + line("a", 2_000),
    // Another agent, and a clock that was set back.
    late("a", 2_500) + line("b", 4_000) + line("b", 3_000) + line("a", 5_000),
  ];
  const a = "a.example:3335";
  const b = "b.example:3335";
  assertEquals(read(texts), {
    names: ["a", "b"],
    damagedLines: 0,
    sessions: [
      ["a", a, [], [1_000, 2_000, 2_500, 5_000]],
      ["b", b, [], [1_500, 3_000, 4_000]],
    ],
  });
  assertEquals(read(texts, { names: ["b"] }), {
    names: ["a", "b"],
    damagedLines: 0,
    sessions: [["b", b, [], [1_500, 3_000, 4_000]]],
  });
  // Of what is older only the last cycle counts, and what came late after it.
  assertEquals(read(texts, { since: 3_500 }).sessions, [
    ["a", a, [2_000, 2_500], [5_000]],
    ["b", b, [3_000], [4_000]],
  ]);
});

Deno.test("readHistory() leaves damaged lines out, and counts them", () => {
  const good = line("a", 1_000);
  const rows: [text: string, entries: number, damagedLines: number][] = [
    ["", 0, 0],
    ["\n\n", 0, 0],
    [good.trimEnd(), 1, 0],
    [good + good.slice(0, 40), 1, 1],
    [good.slice(0, 40) + good + good, 1, 1],
    ["\0\0\0\n" + good, 1, 1],
    ["\ufeff" + good, 1, 0],
    ["x".repeat(3_000_000) + "\n" + good, 1, 1],
    ["x".repeat(3_000_000), 0, 1],
    // More than is decoded at once, and cut within a line.
    [good.repeat(20_000), 20_000, 0],
    ["null\n[]\n7\n{}\n" + good.replace("alive", "fine"), 0, 5],
  ];
  for (const [text, entries, damagedLines] of rows) {
    const found = read([text]);
    assertEquals(
      [found.sessions[0]?.[3].length ?? 0, found.damagedLines],
      [entries, damagedLines],
      text.slice(0, 100),
    );
  }
});

Deno.test("readHistory() knows how a session is watched, also from before, and its logins", () => {
  const watch = (time: number, tries: number) => {
    const rest = { version: "0.1.0", host: null, target: "t", source: null };
    return formatRecord({
      ...{ time: start + time, up: null, session: "a" },
      watch: { ...rest, interval: 1_000, timeout: 500, tries },
    });
  };
  const login = (time: number, exit: number | string) =>
    formatRecord({
      ...{ time: start + time, up: null, session: "a", login: exit },
    });
  const text = watch(0, 1) + line("a", 1) + login(2, 1) + watch(3, 2) +
    line("a", 4) + watch(7, 3) + login(8, "timeout") + line("a", 9);
  const rows: [since: number | null, tries: number[], logins: unknown[]][] = [
    [null, [1, 2, 3], [1, "timeout"]],
    [6, [2, 3], ["timeout"]],
    [9, [3], []],
  ];
  for (const [since, tries, logins] of rows) {
    const from = since === null ? null : start + since;
    const reader = readHistory({ since: from, names: [] });
    reader.read(new TextEncoder().encode(text));
    const [found] = reader.finish().sessions;
    assertEquals(found!.watches.map(({ watch }) => watch.tries), tries);
    assertEquals(found!.logins.map(({ login }) => login), logins);
  }
});

Deno.test("readHistory() refuses what would be too much for the memory", () => {
  const text = line("a", 1_000) + line("b", 2_000) + line("a", 3_000);
  assertEquals(read([text], {}, 3).sessions.length, 2);
  assertEquals(read([text], { since: 1_500 }, 2).sessions.length, 2);
  assertThrows(
    () => read([text], {}, 2),
    RangeError,
    "it has more than 2 lines, expected a later --since, e.g. --since 24h",
  );
});

/** A cycle's line of a boot, after so long an uptime, by a wall clock that had begun with the boot at a time. */
function bootLine(uptime: number, began: number, boot = "b1", session = "a") {
  return formatRecord({
    time: began + uptime,
    up: { boot, uptime: Math.floor(uptime / 1_000) * 1_000 },
    session,
    gateway: "gw:3335",
    verdict: "alive",
    ...{ rtt: 2, answer: 2, tries: 1, lost: 0 },
    ...{ error: null, reconnect: null, next: 10_000 },
  });
}

/** What is read of these lines: times in ms from the start, and how the clock was set. */
function readBoots(lines: readonly string[], options: Partial<HistoryOptions>) {
  const reader = readHistory({ since: null, names: [], ...options });
  for (const line of lines) reader.read(new TextEncoder().encode(line));
  const { sessions, damagedLines, clockSets } = reader.finish();
  const [{ before, entries }] = sessions as [typeof sessions[number]];
  const timeOf = ({ time }: { readonly time: number }) => time - start;
  return {
    times: [before.map(timeOf), entries.map(timeOf)],
    damagedLines,
    clockSets: clockSets.map((set) => [timeOf(set), set.by]),
  };
}

Deno.test("readHistory() dates a boot's lines by its clock as it was set last", () => {
  const day = 24 * 60 * 60_000;
  const unsetClock = [
    bootLine(5_002, 0),
    bootLine(15_002, 0),
    bootLine(25_002, start),
  ];
  const rows: [
    what: string,
    lines: string[],
    times: [before: number[], entries: number[]],
    clockSets: number[][],
    more?: Partial<HistoryOptions> & { readonly damagedLines?: number },
  ][] = [
    [
      "a router that begins in 1970",
      unsetClock,
      [[], [5_002, 15_002, 25_002]],
      [[25_002, start]],
    ],
    [
      "and what is asked for begins in between",
      unsetClock,
      [[5_002], [15_002, 25_002]],
      [[25_002, start]],
      { since: start + 10_000 },
    ],
    [
      "a clock that goes back a day",
      [bootLine(5_000, start + day), bootLine(15_000, start)],
      [[], [5_000, 15_000]],
      [[15_000, -day]],
    ],
    [
      "a clock that was never set is left alone",
      [5_002, 16_001, 25_999].map((uptime) => bootLine(uptime, start)),
      [[], [5_002, 16_001, 25_999]],
      [],
    ],
    [
      "nobody ever tells the time",
      [bootLine(5_000, 0), bootLine(7_000, start, "b2")],
      [[], [7_000]],
      [],
      { damagedLines: 1 },
    ],
    [
      "each boot has its own clock",
      [
        bootLine(5_000, 0),
        bootLine(15_000, start),
        bootLine(5_000, 0, "b2"),
        bootLine(15_000, start + 60_000, "b2"),
      ],
      [[], [5_000, 15_000, 65_000, 75_000]],
      [[15_000, start], [75_000, start + 60_000]],
    ],
    [
      "a clock that was set since the last line",
      [bootLine(5_000, start + day), bootLine(15_000, start + day)],
      [[], [5_000, 15_000]],
      [[20_000, -day]],
      { present: { wall: start + 20_000, uptime: 20_000, bootId: "b1" } },
    ],
  ];
  for (const [what, lines, times, clockSets, more = {}] of rows) {
    const { damagedLines = 0, ...options } = more;
    const found = { times, damagedLines, clockSets };
    assertEquals(readBoots(lines, options), found, what);
  }
});

Deno.test("readHistory() keeps no more of what is older than it may need", () => {
  const lines = Array.from({ length: 5_000 }, (_, k) => bootLine(k * 10, 0));
  lines.push(bootLine(60_000, start));
  const { times: [before, entries] } = readBoots(lines, { since: start });
  assertEquals(before!.length, 1);
  assert(entries!.length > 1_000 && entries!.length <= 2_001);
});
