import { assertEquals, assertThrows } from "@std/assert";
import { srun } from "../protocol/srun.ts";
import { createRecorder } from "./statistics.ts";
import {
  type AgentRecord,
  datedBy,
  formatDocument,
  isStale,
  parseDocument,
  sessionStatus,
  timeOf,
} from "./status_document.ts";
import { cycleResult } from "./test_cycle.ts";

const start = Date.UTC(2026, 10, 21, 5, 30);

const hour = 3_600_000;

const agent: AgentRecord = {
  version: "0.1.0",
  pid: 4711,
  started: timeOf(start),
  updated: timeOf(start + 64_750),
  uptime_ms: 3_664_000,
  boot_id: "1b2c3d4e-0000-4000-8000-000000000001",
  stale_after: timeOf(start + 90_000),
  stopped: null,
  exit_code: null,
};

const result = cycleResult({ rtt: 2.04, answerTime: 2.04 });

const facts = {
  name: "dorm",
  target: "srun://gw.example:3335",
  gateway: "gw.example:3335",
  answered: "192.0.2.1",
  next: start + 70_000,
  login: null,
};

/** So many ms from the start. */
const instant = (at: number) => ({ wall: start + at, uptime: at });

/** A session that was alive twice, the second time after a lost packet of which nobody knows the round trip, and then silent. */
function dorm() {
  const recorder = createRecorder(srun);
  recorder.record({ type: "cycle", result }, instant(2));
  const lossy = { ...result, rtt: null, answerTime: 1_005, tries: 2 };
  recorder.record({ type: "cycle", result: lossy }, instant(1_005));
  recorder.record({
    type: "cycle",
    result: {
      ...result,
      verdict: "silent",
      rtt: null,
      answerTime: null,
      tries: 3,
      reasons: { uid: 1 },
    },
  }, instant(64_750));
  return sessionStatus(facts, recorder.read(instant(64_750)));
}

const text = `{
  "format": 1,
  "version": "0.1.0",
  "pid": 4711,
  "started": "2026-11-21T05:30:00.000Z",
  "updated": "2026-11-21T05:31:04.750Z",
  "uptime_ms": 3664000,
  "boot_id": "1b2c3d4e-0000-4000-8000-000000000001",
  "stale_after": "2026-11-21T05:31:30.000Z",
  "stopped": null,
  "exit_code": null,
  "sessions": [
    {
      "session": "dorm",
      "target": "srun://gw.example:3335",
      "gateway": "gw.example:3335",
      "answered": "192.0.2.1",
      "verdict": "silent",
      "note": null,
      "warning": null,
      "since": "2026-11-21T05:31:04.750Z",
      "last_alive": "2026-11-21T05:30:01.005Z",
      "next_cycle": "2026-11-21T05:31:10.000Z",
      "rtt_min_ms": 2,
      "rtt_avg_ms": 2,
      "rtt_max_ms": 2,
      "rtt_last_ms": null,
      "answer_min_ms": 2,
      "answer_avg_ms": 503.5,
      "answer_max_ms": 1005,
      "answer_last_ms": null,
      "without_alive_15min": 0.3333,
      "without_alive_24h": 0.3333,
      "cycles": {"alive":2,"dead":0,"silent":1,"unsendable":0,"unresolved":0,"garbled":0},
      "mended": 0,
      "reconnects": 0,
      "tries": 6,
      "losses": 4,
      "discarded": {"source":0,"tail":0,"uid":1,"length":0,"duplicate":0,"late":0,"forged":0,"moved":0},
      "transitions": {"alive":0,"fault":0,"dead":0},
      "recent": "2 alive*2 silent*3",
      "logins": {"ok":0,"failed":0},
      "login": null
    }
  ]
}
`;

Deno.test("formatDocument() writes a field a line", () => {
  assertEquals([...formatDocument(agent, [dorm()])].join(""), text);
});

Deno.test("parseDocument() reads what formatDocument() writes", () => {
  const lab = sessionStatus(
    {
      name: "lab",
      target: "tcp://[::1]:22",
      gateway: "[::1]:22",
      answered: null,
      next: null,
      login: null,
    },
    createRecorder().read(instant(0)),
  );
  const sessions = [dorm(), lab];
  for (const some of [sessions, []]) {
    const written = [...formatDocument(agent, some)].join("");
    assertEquals(parseDocument(written), { ...agent, sessions: some });
  }
});

Deno.test("parseDocument() reads what has more in it", () => {
  const more = text.replace('"pid"', '"host": "router", "pid"')
    .replace('"gateway"', '"more": [], "gateway"');
  assertEquals(parseDocument(more).pid, 4711);
});

Deno.test("parseDocument() reads what an older lifesign wrote, which remembered no cycles", () => {
  const older = text.replace(/,\s*"(recent|logins?)": [^\n]*?(?=,?\n)/g, "")
    .replace(/"(target|note|warning|reconnects)": .*/g, "");
  const [session] = parseDocument(older).sessions;
  assertEquals(session, { ...dorm(), recent: "" });
});

Deno.test("parseDocument() refuses what is damaged", () => {
  const damaged =
    "it is damaged, expected a file that lifesign run --status-file writes";
  const rows: (string | [from: string, to: string])[] = [
    "",
    "null",
    "[]",
    "1",
    '"format"',
    "{}",
    '{"format":1}',
    text.slice(0, -4),
    `${text}{`,
    ['"format": 1', '"format": "1"'],
    ['"format": 1', '"format": null'],
    ['"version": "0.1.0",', ""],
    ['"pid": 4711', '"pid": "4711"'],
    ['"updated": "2026-11-21T05:31:04.750Z"', '"updated": null'],
    ['"updated": "2026-11-21T05:31:04.750Z"', '"updated": "yesterday"'],
    ['"stopped": null', '"stopped": 0'],
    ['"sessions": [', '"sessions": [null,'],
    ['"session": "dorm"', '"session": null'],
    ['"verdict": "silent"', '"verdict": "quiet"'],
    ['"verdict": "silent"', '"verdict": ["alive"]'],
    ['"rtt_min_ms": 2', '"rtt_min_ms": "2"'],
    ['"tries": 6', '"tries": null'],
    ['"tries": 6', '"tries": 6.5'],
    ['{"alive":2', '{"alive":"2"'],
    ['{"alive":2', '{"alive":2.5'],
    ['{"alive":2', '{"alive":-2'],
    ['"recent": "2', '"recent": 0, "more": "'],
    ['"discarded": {', '"discarded": 0, "rest": {'],
  ];
  for (const row of rows) {
    const wrong = typeof row === "string" ? row : text.replace(...row);
    if (wrong === text) throw new Error(`Nothing to damage: ${row}`);
    assertThrows(() => parseDocument(wrong), RangeError, damaged, wrong);
  }
});

Deno.test("parseDocument() refuses what a newer lifesign wrote, whatever else is in it", () => {
  const newer = "a newer lifesign wrote it, use that one to read it";
  for (
    const wrong of [text.replace('"format": 1', '"format": 2'), '{"format":2}']
  ) {
    assertThrows(() => parseDocument(wrong), RangeError, newer);
  }
});

const sameBoot = agent.boot_id;
const day = 24 * 60 * 60_000;

/** The present so many ms after the document was written, by a clock that was set by `step` ms since. */
function later(after: number, step = 0, bootId: string | null = sameBoot) {
  const wall = Date.parse(agent.updated) + after + step;
  return { wall, uptime: agent.uptime_ms + after, bootId };
}

Deno.test("datedBy() and isStale() go by the uptime within a boot, else by the wall clock", () => {
  const other = "1b2c3d4e-0000-4000-8000-000000000002";
  // It would have written again after 25,250 ms.
  const [soon, late] = [20_000, 30_000];
  const rows: [
    what: string,
    present: ReturnType<typeof later>,
    stale: boolean,
    boot?: string | null,
  ][] = [
    ["in time", later(soon), false],
    ["late", later(late), true],
    ["in time, the clock went back a day", later(soon, -day), false],
    ["late, the clock went back a day", later(late, -day), true],
    ["just late, back a day less a bit", later(25_251, -day + 999), true],
    ["in time, the clock jumped from 1970", later(soon, 56 * 365 * day), false],
    ["late, the clock jumped from 1970", later(late, 56 * 365 * day), true],
    ["in time, the clock was set by a little", later(soon, -900), false],
    // Another boot, or another machine: the wall clock decides.
    ["another boot, in time", later(soon, 0, other), false],
    ["another boot, late", later(late, 0, other), true],
    ["another boot, from the future", later(soon, -day, other), true],
    ["another boot, a little from the future", later(0, -5_000, other), false],
    ["another boot, the clock jumped", later(soon, day, other), true],
    // Nobody knows the boot: both have to agree.
    ["no boot id, in time", later(soon, 0, null), false],
    ["no boot id, late", later(late, 0, null), true],
    ["no boot id, back a day", later(late, -day, null), true],
    [
      "no boot id, back by half a minute",
      later(late + 10_000, -25_000, null),
      true,
    ],
    ["no boot id, from the future", later(soon, -day, null), true],
    ["no boot id in the file, late", later(late + 10_000, -25_000), true, null],
    [
      "no boot id, started anew",
      { ...later(soon, 0, null), uptime: 9_000 },
      true,
    ],
  ];
  for (const [what, present, stale, boot_id = sameBoot] of rows) {
    const document = { ...agent, boot_id, sessions: [dorm()] };
    const dated = datedBy(document, present);
    assertEquals(isStale(dated, present), stale, what);
  }
});

Deno.test("datedBy() tells times by the clock as it was set since", () => {
  const document = { ...agent, sessions: [dorm()] };
  assertEquals(datedBy(document, later(1_000)), document);
  assertEquals(datedBy(document, later(1_000, 1_500)), document);
  assertEquals(datedBy(document, later(1_000, day, null)), document);
  const moved = datedBy(document, later(1_000, day));
  const before = JSON.stringify(document);
  const wanted = before.replaceAll("2026-11-21T", "2026-11-22T")
    // Rather a second too early than one too late.
    .replace("05:31:30.000Z", "05:31:29.000Z");
  assertEquals(JSON.stringify(moved), wanted);
  const ended = { ...document, stopped: document.updated, stale_after: null };
  assertEquals(
    datedBy(ended, later(0, day)).stopped,
    timeOf(start + 64_750 + day),
  );
});

Deno.test("datedBy() moves the time of the next login, too", () => {
  const login = {
    state: "due",
    reason: "dead",
    attempt: 3,
    at: start + 100_000,
    lastExit: "timeout",
  } as const;
  const session = sessionStatus(
    { ...facts, login },
    createRecorder().read(instant(0)),
  );
  const document = parseDocument(
    [...formatDocument(agent, [session])].join(""),
  );
  const { uptime_ms, boot_id, updated } = document;
  const present = {
    wall: Date.parse(updated) + hour,
    uptime: uptime_ms,
    bootId: boot_id,
  };
  assertEquals(datedBy(document, present).sessions[0]!.login, {
    state: "due",
    reason: "dead",
    attempt: 3,
    next: new Date(start + 100_000 + hour).toISOString(),
    last_exit: "timeout",
  });
});
