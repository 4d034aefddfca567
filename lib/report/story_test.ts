import { assertEquals } from "@std/assert";
import type { Verdict } from "../verdict.ts";
import { figuresOf } from "./figures.ts";
import type { Entry } from "./records.ts";
import { cycleOf, recordsOf } from "./test_records.ts";
import { availableIn, outcomeOf, storyOf } from "./story.ts";
import { noTime, sharesOf } from "./stretches.ts";
import { createTimes, utc } from "./times.ts";

const minute = 60_000;
const noon = Date.UTC(2026, 10, 21, 12);

/**
 * A history of a letter a minute: (a)live, (s)ilent, (u)nsendable, (d)ead and
 * over, (D)ead and going on, (l)ate by half a minute, or nothing.
 */
function entriesOf(letters: string): Entry[] {
  const verdicts: Readonly<Record<string, Verdict>> = {
    ...{ a: "alive", s: "silent", l: "silent", u: "unsendable" },
    ...{ d: "dead", D: "dead" },
  };
  return [...letters].flatMap((letter, at): Entry[] => {
    const verdict = verdicts[letter];
    if (verdict === undefined) return [];
    const time = noon + at * minute;
    const next = letter === "d" ? null : minute;
    const cycle = cycleOf({ time, verdict, next });
    return letter === "l"
      ? [cycle, { time: time + minute / 2, late: "alive", answer: 32_000 }]
      : [cycle];
  });
}

function figures(letters: string) {
  const entries = entriesOf(letters);
  const records = recordsOf({ entries });
  const to = noon + letters.length * minute;
  return figuresOf(records, { from: null, to, zone: utc })!;
}

const gap = "          ";
const slept = "lifesign did not run, or the machine slept.";

Deno.test("storyOf() says what happened, and no more than is known", () => {
  const rows: [letters: string, ...story: string[]][] = [
    ["aaaa", "Every cycle found the session alive."],
    [
      "aaadaaa",
      "Session ended by the gateway at 12:03:00; the network was fine before and after.",
    ],
    [
      "aaaDDD",
      "Session ended by the gateway at 12:03:00; the network was fine before and after.",
    ],
    [
      "aaad",
      "Session ended by the gateway at 12:03:00; the network was fine: the gateway had confirmed the session 1 min before, and answered that it is dead.",
    ],
    [
      "aaaDsa",
      "Session ended by the gateway at 12:03:00; the network was fine until then.",
      "Besides, the network failed once, for 1 min, at 12:04:00.",
    ],
    [
      "asadaa",
      "Session ended by the gateway at 12:03:00; the network had failed shortly before, but the session was alive after that.",
      "Besides, the network failed once, for 1 min, at 12:01:00.",
    ],
    [
      `as${"a".repeat(12)}daa`,
      "Session ended by the gateway at 12:14:00; the network was fine before and after.",
      "Besides, the network failed once, for 1 min, at 12:01:00.",
    ],
    [
      "assssssssdaa",
      "Session found dead at 12:09:00, after 9 min without a sign of life: the gateway may have dropped it for silence; that is not known.",
      "Besides, the network failed once, for 8 min, at 12:01:00; the session was found dead after that.",
    ],
    [
      "ssd",
      "Session found dead at 12:02:00, after at least 2 min without a sign of life: the gateway may have dropped it for silence; that is not known.",
      "Besides, the network failed once, for 2 min, at 12:00:00; the session was found dead after that.",
    ],
    ["d  ", "Session found dead at 12:00:00, in the first cycle."],
    [
      `a${gap}d`,
      "Session found dead at 12:11:00, when the watch went on: when and why it died is not known.",
      `No cycle was recorded from 12:01:00 to 12:11:00: ${slept}`,
    ],
    [
      `aaDaasDaa${gap}d`,
      "The session died 3 times: once ended by the gateway, once after a silence, once while nobody watched.",
      "The last time it was found dead at 12:19:00, when the watch went on: when and why it died is not known.",
      "Besides, the network failed once, for 1 min, at 12:05:00; the session was found dead after that.",
      `No cycle was recorded from 12:09:00 to 12:19:00: ${slept}`,
    ],
    [
      "assaasaauua",
      "The network failed twice, 3 min in all; the session survived.",
      "This machine failed once, for 2 min, at 12:08:00; the session survived.",
    ],
    [
      "auuasuadaasda",
      "The session died twice: once ended by the gateway, once after a silence.",
      "The last time it was found dead at 12:11:00, after 2 min without a sign of life: the gateway may have dropped it for silence; that is not known.",
      "Besides, the network failed twice, 3 min in all; once the session was found dead after that.",
      "This machine failed once, for 2 min, at 12:01:00.",
    ],
    [
      "asssu",
      "The network failed once, for 4 min, at 12:01:00.",
      "It has been failing since 12:01:00 (silent, unsendable): whether the session is alive is not known.",
    ],
    [
      `asa${gap}`,
      "The network failed once, for 1 min, at 12:01:00; the session survived.",
      `No cycle was recorded from 12:03:00 to 12:13:00: ${slept}`,
    ],
    [
      "alalaa",
      "The network failed twice, 1 min in all; each answer only came late.",
    ],
    [
      "ala",
      "The network failed once, for 30 s, at 12:01:00; the answer only came late.",
    ],
    [
      "alasa",
      "The network failed twice, 1 min 30 s in all; once the answer only came late; the session survived.",
    ],
    [
      `a${gap}a${gap} a`,
      "Every cycle found the session alive.",
      `The record has 2 gaps, 21 min in all, the longest from 12:12:00 to 12:23:00: ${slept}`,
    ],
  ];
  for (const [letters, ...story] of rows) {
    const found = figures(letters);
    assertEquals(storyOf(found, createTimes(utc, found)), story, letters);
  }
});

Deno.test("storyOf() tells the day where it is not clear", () => {
  const found = figures(`aaad${" ".repeat(1440)}`);
  const shanghai = { name: "Asia/Shanghai", offset: () => 8 * 3_600_000 };
  const [sentence] = storyOf(found, createTimes(shanghai, found));
  assertEquals(
    sentence!.slice(0, 60),
    "Session ended by the gateway on 2026-11-21 at 20:03:00; the ",
  );
});

Deno.test("storyOf() knows what had been so before", () => {
  const rows: [letters: string, ...story: string[]][] = [
    [
      "aaa",
      "No cycle came to an end; the last one before had found the session alive.",
    ],
    ["aadaa", "Session dead already at 12:02:30."],
    [
      "assda",
      "Session found dead at 12:03:00, after at least 30 s without a sign of life: the gateway may have dropped it for silence; that is not known.",
      "Besides, the network failed once, for 30 s, at 12:02:30; the session was found dead after that.",
    ],
    [
      "aaada",
      "Session ended by the gateway at 12:03:00; the network was fine before and after.",
    ],
  ];
  const since = noon + 2.5 * minute;
  for (const [letters, ...story] of rows) {
    const entries = entriesOf(letters);
    const records = recordsOf({ gateway: null, before: [entries[2]!] });
    const found = figuresOf(
      { ...records, entries: entries.slice(3) },
      { from: since, to: noon + letters.length * minute, zone: utc },
    )!;
    assertEquals(storyOf(found, createTimes(utc, found)), story, letters);
  }
});

Deno.test("storyOf() tells of logins, reconnects and losses besides outages", () => {
  const entries = [
    cycleOf({ time: noon, tries: 3, lost: 2 }),
    cycleOf({ time: noon + minute, reconnect: "ended the connection" }),
    cycleOf({ time: noon + 2 * minute, verdict: "silent", tries: 3, lost: 3 }),
    cycleOf({ time: noon + 3 * minute }),
  ];
  const logins = [0, 1, "timeout"].map((login) => ({ time: noon, login }));
  const period = { from: null, to: noon + 4 * minute, zone: utc };
  const found = figuresOf(recordsOf({ entries, logins }), period)!;
  assertEquals(storyOf(found, createTimes(utc, found)).slice(1), [
    "There were 3 logins, of which 2 failed.",
    "The held connection was replaced once.",
    "Besides outages, 40 % of tries were lost: 2 of 5, in cycles that were answered.",
  ]);
});

Deno.test("availableIn() never tells an availability without its coverage", () => {
  const time = (alive: number, dead: number, unwatched: number) =>
    availableIn(
      sharesOf({ ...noTime, alive, dead, unwatched }),
    );
  assertEquals([
    time(minute, 0, 154 * minute),
    time(3 * minute, minute, 0),
    time(0, 0, minute),
  ], [
    "100 % of 1 min watched in 2 h 35 min",
    "75 % of 4 min, all of it watched",
    "unknown: nobody watched in 1 min",
  ]);
});

Deno.test("outcomeOf() says what became of an outage", () => {
  const rows: [letters: string, ...outcomes: string[]][] = [
    ["asaa", "1 cycle, then alive again"],
    ["assda", ...[
      "2 cycles, then found dead",
      "found dead, after 3 min without a sign of life: the gateway may have dropped it for silence; that is not known",
    ]],
    ["al", "alive after all: an answer came after 32 s"],
    [`as${gap}`, "1 cycle, then nobody watched"],
    ["ass", "2 cycles so far; it goes on"],
  ];
  for (const [letters, ...outcomes] of rows) {
    assertEquals(
      figures(letters).outages.map((it) => outcomeOf(it, { gateway: null })),
      outcomes,
      letters,
    );
  }
});

Deno.test("storyOf() tells of streams by their peer", () => {
  const found = { ...figures("aaada"), gateway: "ws://host:80/chat" };
  assertEquals(storyOf(found, createTimes(utc, found)), [
    "Session ended by the peer at 12:03:00; the network was fine before and after.",
  ]);
  assertEquals(
    found.outages.map((outage) => outcomeOf(outage, found)),
    ["ended by the peer; the network was fine before and after"],
  );
});
