import { assertEquals, assertThrows } from "@std/assert";
import type { CycleResult } from "../agent/cycle.ts";
import { createRecorder } from "./statistics.ts";
import {
  type AgentRecord,
  formatDocument,
  parseDocument,
  sessionStatus,
  timeOf,
} from "./status_document.ts";

const start = Date.UTC(2026, 10, 21, 5, 30);

const agent: AgentRecord = {
  version: "0.1.0",
  pid: 4711,
  started: timeOf(start),
  updated: timeOf(start + 64_750),
  stale_after: timeOf(start + 90_000),
  stopped: null,
  exit_code: null,
};

const result: CycleResult = {
  verdict: "alive",
  address: null,
  rtt: 2.04,
  answerTime: 2.04,
  tries: 1,
  localPort: null,
  deadReplies: 0,
  reasons: {},
  fault: null,
};

const facts = {
  name: "dorm",
  gateway: "gw.example:3335",
  next: start + 70_000,
};

/** A session that was alive twice, and then silent. */
function dorm() {
  const recorder = createRecorder();
  recorder.record({ type: "cycle", result }, start + 2);
  recorder.record({ type: "cycle", result: { ...result, rtt: 3 } }, start + 3);
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
  }, start + 64_750);
  return sessionStatus(facts, recorder.read(start + 64_750));
}

const text = `{
  "format": 1,
  "version": "0.1.0",
  "pid": 4711,
  "started": "2026-11-21T05:30:00.000Z",
  "updated": "2026-11-21T05:31:04.750Z",
  "stale_after": "2026-11-21T05:31:30.000Z",
  "stopped": null,
  "exit_code": null,
  "sessions": [
    {
      "session": "dorm",
      "gateway": "gw.example:3335",
      "verdict": "silent",
      "since": "2026-11-21T05:31:04.750Z",
      "last_alive": "2026-11-21T05:30:00.003Z",
      "next_cycle": "2026-11-21T05:31:10.000Z",
      "rtt_min_ms": 2,
      "rtt_avg_ms": 2.5,
      "rtt_max_ms": 3,
      "rtt_last_ms": null,
      "without_alive_15min": 0.3333,
      "without_alive_24h": 0.3333,
      "cycles": {"alive":2,"dead":0,"silent":1,"unsendable":0,"unresolved":0,"garbled":0},
      "mended": 0,
      "tries": 5,
      "losses": 3,
      "discarded": {"source":0,"length":0,"uid":1,"tail":0,"duplicate":0,"late":0},
      "transitions": {"alive":0,"fault":0,"dead":0}
    }
  ]
}
`;

Deno.test("formatDocument() writes a field a line", () => {
  assertEquals([...formatDocument(agent, [dorm()])].join(""), text);
});

Deno.test("parseDocument() reads what formatDocument() writes", () => {
  const lab = sessionStatus(
    { name: "lab", gateway: "[::1]:3335", next: null },
    createRecorder().read(start),
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

Deno.test("parseDocument() refuses what is damaged", () => {
  const damaged = "it is damaged, what an agent writes is wanted";
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
    ['"tries": 5', '"tries": null'],
    ['"tries": 5', '"tries": 5.5'],
    ['{"alive":2', '{"alive":"2"'],
    ['{"alive":2', '{"alive":2.5'],
    ['{"alive":2', '{"alive":-2'],
    ['"discarded": {', '"discarded": 0, "rest": {'],
  ];
  for (const row of rows) {
    const wrong = typeof row === "string" ? row : text.replace(...row);
    if (wrong === text) throw new Error(`Nothing to damage: ${row}`);
    assertThrows(() => parseDocument(wrong), RangeError, damaged, wrong);
  }
});

Deno.test("parseDocument() refuses what a newer lifesign wrote, whatever else is in it", () => {
  const newer = "a newer lifesign wrote it, one that is as new is wanted";
  for (
    const wrong of [text.replace('"format": 1', '"format": 2'), '{"format":2}']
  ) {
    assertThrows(() => parseDocument(wrong), RangeError, newer);
  }
});
