import { assertEquals, assertThrows } from "@std/assert";
import { formatRecord } from "../status/history.ts";
import type { Verdict } from "../verdict.ts";
import { type HistoryOptions, readHistory } from "./records.ts";

/** When it began; times are told from there. */
const start = Date.UTC(2026, 10, 21);

function line(session: string, time: number, verdict: Verdict = "alive") {
  const gateway = `${session}.example:3335`;
  const rest = {
    rtt: 2,
    answer: 2,
    tries: 1,
    lost: 0,
    error: null,
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
  const { sessions, damagedLines } = reader.history;
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

Deno.test("readHistory() refuses what would be too much for the memory", () => {
  const text = line("a", 1_000) + line("b", 2_000) + line("a", 3_000);
  assertEquals(read([text], {}, 3).sessions.length, 2);
  assertEquals(read([text], { since: 1_500 }, 2).sessions.length, 2);
  assertThrows(
    () => read([text], {}, 2),
    RangeError,
    "it has more than 2 lines, a later --since is wanted",
  );
});
