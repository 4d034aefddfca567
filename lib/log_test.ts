import { assertEquals } from "@std/assert";
import { createLog, formatTime, type LogLevel } from "./log.ts";

const levels: LogLevel[] = ["debug", "info", "warn", "error"];
const noon = Date.UTC(2026, 10, 21, 12, 0, 0, 999);

Deno.test("createLog() writes what is important enough, line by line", () => {
  for (const [least, level] of levels.entries()) {
    const lines: string[] = [];
    let time = noon;
    const log = createLog({
      level: () => level,
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
