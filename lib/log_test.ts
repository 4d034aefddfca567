import { assertEquals } from "@std/assert";
import {
  createLog,
  formatLine,
  formatTime,
  type LogFormat,
  type LogLevel,
} from "./log.ts";

const levels: LogLevel[] = ["debug", "info", "warn", "error"];
const noon = Date.UTC(2026, 10, 21, 12, 0, 0, 999);

Deno.test("createLog() writes what is important enough, line by line", () => {
  for (const [least, level] of levels.entries()) {
    const lines: string[] = [];
    let time = noon;
    const log = createLog({
      level: () => level,
      format: () => "text",
      wallTime: () => time,
      write: (line) => lines.push(line),
    });
    for (const name of levels) {
      log[name](`dorm: ${name}`);
      time += 1000;
    }
    const wanted = [
      "2026-11-21T12:00:00Z debug dorm: debug\n",
      "2026-11-21T12:00:01Z info dorm: info\n",
      "2026-11-21T12:00:02Z warn dorm: warn\n",
      "2026-11-21T12:00:03Z error dorm: error\n",
    ];
    assertEquals(lines, wanted.slice(least), level);
  }
});

Deno.test("createLog() makes logs that know nothing of each other", () => {
  const lines: string[] = [];
  const [loud, quiet] = (["debug", "error"] as const).map((level) =>
    createLog({
      level: () => level,
      format: () => "text",
      wallTime: () => noon,
      write: (line) => lines.push(`${level} got ${line}`),
    })
  );
  quiet!.info("lost");
  loud!.info("{msg} %s");
  quiet!.error("");
  assertEquals(lines, [
    "debug got 2026-11-21T12:00:00Z info {msg} %s\n",
    "error got 2026-11-21T12:00:00Z error \n",
  ]);
});

Deno.test("createLog() writes each line in the format of that moment, and knows its session", () => {
  const lines: string[] = [];
  let format: LogFormat = "text";
  const log = createLog({
    level: () => "info",
    format: () => format,
    wallTime: () => noon,
    write: (line) => lines.push(line),
  });
  log.info("dorm: alive", "dorm");
  format = "json";
  log.warn("dorm: silent", "dorm");
  log.error("ends with status 10");
  log.debug("lost", "dorm");
  format = "journal";
  log.info("dorm: alive", "dorm");
  assertEquals(lines, [
    "2026-11-21T12:00:00Z info dorm: alive\n",
    '{"time":"2026-11-21T12:00:00.999Z","level":"warn","message":"dorm: silent","session":"dorm"}\n',
    '{"time":"2026-11-21T12:00:00.999Z","level":"error","message":"ends with status 10"}\n',
    "<6>dorm: alive\n",
  ]);
});

Deno.test("formatLine() writes one line, whatever the message is", () => {
  const rows: [LogFormat, LogLevel, message: string, line: string][] = [
    ["journal", "error", "boom", "<3>boom"],
    ["journal", "warn", "<0>boom", "<4><0>boom"],
    ["journal", "info", "", "<6>"],
    ["journal", "debug", "a\n<0>b\r\n", "<7>a <0>b "],
    ["text", "info", "a \n\n b\tc", "2026-11-21T12:00:00Z info a b\tc"],
    [
      "text",
      "info",
      "a\u2028b\x9b31m\x1b[31m\u202e",
      "2026-11-21T12:00:00Z info a\\u2028b\\u009b31m\\u001b[31m\\u202e",
    ],
    ["journal", "info", "a\u2029\x85", "<6>a\\u2029\\u0085"],
    [
      "json",
      "info",
      "a\u2028\x9b",
      '{"time":"2026-11-21T12:00:00.999Z","level":"info","message":"a\\u2028\\u009b"}',
    ],
    [
      "json",
      "info",
      'a\n"b"',
      '{"time":"2026-11-21T12:00:00.999Z","level":"info","message":"a\\n\\"b\\""}',
    ],
  ];
  for (const [format, level, message, line] of rows) {
    const record = { time: noon, level, message };
    assertEquals(formatLine(format, record), `${line}\n`);
  }
});

Deno.test("formatTime() writes RFC 3339 in UTC, to the second that has begun", () => {
  const rows: [number, string][] = [
    [0, "1970-01-01T00:00:00Z"],
    [999, "1970-01-01T00:00:00Z"],
    [1000, "1970-01-01T00:00:01Z"],
    [noon, "2026-11-21T12:00:00Z"],
    [Date.UTC(2028, 1, 29, 23, 59, 59), "2028-02-29T23:59:59Z"],
    [1e12 + 0.5, "2001-09-09T01:46:40Z"],
  ];
  for (const [ms, text] of rows) assertEquals(formatTime(ms), text);
});
