import { assert, assertEquals } from "@std/assert";
import {
  cycleRecord,
  formatRecord,
  type HistoryRecord,
  parseRecord,
} from "./history.ts";
import type { CycleResult } from "../finding.ts";
import { cycleResult } from "./test_cycle.ts";

const time = Date.UTC(2026, 10, 21, 14, 2, 11, 7);

const alive = cycleResult({ rtt: 1.94, answerTime: 1.94 });

const facts = {
  time,
  up: { boot: "1b2c3d4e", uptime: 60_000 },
  session: "dorm",
  gateway: "192.0.2.1:3335",
  next: 58_996.7,
};

const lines: [name: string, result: CycleResult, line: string][] = [
  [
    "a cycle that two of its tries were lost in",
    { ...alive, rtt: null, answerTime: 1002.94, tries: 3 },
    '{"time":"2026-11-21T14:02:11.007Z","up":"1b2c3d4e+60","session":"dorm","gateway":"192.0.2.1:3335","verdict":"alive","answer_ms":1002.9,"tries":3,"lost":2,"next_ms":58997}\n',
  ],
  [
    "a cycle without any loss",
    alive,
    '{"time":"2026-11-21T14:02:11.007Z","up":"1b2c3d4e+60","session":"dorm","gateway":"192.0.2.1:3335","verdict":"alive","rtt_ms":1.9,"tries":1,"next_ms":58997}\n',
  ],
  [
    "a fault of this machine's",
    {
      ...alive,
      verdict: "unsendable",
      rtt: null,
      answerTime: null,
      tries: 0,
      fault: { code: "ENETUNREACH", message: "no route" },
    },
    '{"time":"2026-11-21T14:02:11.007Z","up":"1b2c3d4e+60","session":"dorm","gateway":"192.0.2.1:3335","verdict":"unsendable","tries":0,"error":"ENETUNREACH","next_ms":58997}\n',
  ],
];

for (const [name, result, line] of lines) {
  Deno.test(`formatRecord() writes ${name}, parseRecord() reads it`, () => {
    assertEquals(formatRecord(cycleRecord(facts, result)), line);
    const record = parseRecord(line);
    assert(record !== null && "tries" in record);
    assertEquals(formatRecord(record), line);
    assertEquals(record, {
      ...cycleRecord(facts, result),
      rtt: result.rtt && 1.9,
      answer: result.answerTime && Math.floor(result.answerTime * 10) / 10,
      next: 58_997,
    });
  });
}

Deno.test("a cycle after which none follows says nothing of the next one", () => {
  const record = cycleRecord({ ...facts, next: null }, alive);
  assertEquals(record.next, null);
  assert(!formatRecord(record).includes("next"));
  // A cycle that took longer than the interval.
  assertEquals(cycleRecord({ ...facts, next: -5 }, alive).next, 0);
});

Deno.test("a late sign of life is a line of its own", () => {
  const record = {
    time,
    up: { boot: "1b2c3d4e", uptime: 60_000 },
    session: "dorm",
    late: "alive",
    rtt: null,
    answer: 2210.4,
  } as const;
  const line =
    '{"time":"2026-11-21T14:02:11.007Z","up":"1b2c3d4e+60","session":"dorm","late":"alive","answer_ms":2210.4}\n';
  assertEquals(formatRecord(record), line);
  assertEquals(parseRecord(line), record);
});

Deno.test("a login, and how a session is watched, are lines of their own", () => {
  const line = { time, up: null, session: "dorm" };
  const watch = {
    version: "0.1.0",
    host: "router",
    target: "srun://192.0.2.1:3335",
    source: "192.0.2.7",
    interval: 60_000,
    timeout: 1_000,
    tries: 3,
  };
  const head = '{"time":"2026-11-21T14:02:11.007Z","session":"dorm"';
  const rows: [record: HistoryRecord, rest: string][] = [
    [{ ...line, login: 0 }, '"login":0'],
    [{ ...line, login: "timeout" }, '"login":"timeout"'],
    [
      { ...line, watch },
      '"watch":{"version":"0.1.0","host":"router","target":"srun://192.0.2.1:3335","source":"192.0.2.7","interval_ms":60000,"timeout_ms":1000,"tries":3}',
    ],
    [
      { ...line, watch: { ...watch, host: null, source: null } },
      '"watch":{"version":"0.1.0","target":"srun://192.0.2.1:3335","interval_ms":60000,"timeout_ms":1000,"tries":3}',
    ],
  ];
  for (const [record, rest] of rows) {
    const text = `${head},${rest}}\n`;
    assertEquals(formatRecord(record), text);
    assertEquals(parseRecord(text), record);
  }
});

Deno.test("parseRecord() ignores fields that it does not know", () => {
  const line = lines[0]![2].replace("{", '{"new":[1],');
  assertEquals(parseRecord(line), parseRecord(lines[0]![2]));
});

Deno.test("parseRecord() reads why a held connection was replaced", () => {
  const line = lines[1]![2].replace('"next_ms"', '"reconnect":"x","next_ms"');
  const record = parseRecord(line);
  assert(record !== null && "verdict" in record);
  assertEquals(record.reconnect, "x");
  assertEquals(formatRecord(record), line);
});

const damaged = [
  "",
  "null",
  "7",
  "[]",
  "{}",
  lines[0]![2].slice(0, 80),
  lines[0]![2].replace('"alive"', '"living"'),
  lines[0]![2].replace("2026", "soon"),
  lines[0]![2].replace("2026", "1970").replace("+60", "-60"),
  lines[0]![2].replace("2026", "-271821"),
  lines[0]![2].replace("2026-11-21T14:02:11.007Z", "2026"),
  lines[0]![2].replace('"dorm"', "5"),
  lines[0]![2].replace('"tries":3', '"tries":-1'),
  lines[0]![2].replace("1002.9", '"1002.9"'),
  lines[0]![2].replace("1002.9", "1e999"),
  lines[0]![2].replace("58997", "null"),
  '{"time":"2026-11-21T14:02:11.007Z","session":"dorm","late":"alive"}',
  '{"time":"2026-11-21T14:02:11.007Z","session":"dorm","late":"dead","answer_ms":1}',
  ...["7", '{"version":"0.1.0","target":"x","interval_ms":1,"timeout_ms":1}']
    .map((watch) =>
      `{"time":"2026-11-21T14:02:11.007Z","session":"dorm","watch":${watch}}`
    ),
];

for (const line of damaged) {
  Deno.test(`parseRecord() takes ${JSON.stringify(line)} for damaged`, () => {
    assertEquals(parseRecord(line), null);
  });
}
