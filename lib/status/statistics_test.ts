import { assertEquals } from "@std/assert";
import { srun } from "../protocol/srun.ts";
import { ws } from "../protocol/ws.ts";
import { createRecorder, rttBounds, type Statistics } from "./statistics.ts";
import type { CycleResult, Report } from "../finding.ts";
import { cycleResult, transition } from "./test_cycle.ts";

const second = 1_000;
const minute = 60 * second;
const start = Date.UTC(2026, 10, 21, 5, 30);

/** A cycle's report; what is left out is as in one that failed with three tries. */
function cycle(
  verdict: CycleResult["verdict"],
  result: Partial<CycleResult> = {},
): Report {
  const nothing = { verdict, rtt: null, answerTime: null, tries: 3 };
  return { type: "cycle", result: cycleResult({ ...nothing, ...result }) };
}

const alive = (rtt: number, tries = 1): Report =>
  cycle("alive", { rtt, tries });

/** So many ms from the start. */
const instant = (at: number) => ({ wall: start + at, uptime: at });

/** What there is after reports at so many ms from the start. */
function after(...reports: readonly [at: number, Report][]): Statistics {
  const recorder = createRecorder(srun);
  for (const [at, report] of reports) recorder.record(report, instant(at));
  return recorder.read(instant(reports.at(-1)?.[0] ?? 0));
}

const noCycles = {
  ...{ alive: 0, dead: 0, silent: 0 },
  ...{ unsendable: 0, unresolved: 0, garbled: 0 },
};

const noneDiscarded = {
  ...{ source: 0, length: 0, uid: 0, tail: 0 },
  ...{ duplicate: 0, late: 0, forged: 0, moved: 0 },
};

const noTimes = { count: 0, sum: 0, min: null, max: null, last: null };

/** A late sign of life after so many ms. */
const late = (ms: number): Report => ({
  type: "late",
  verdict: "alive",
  rtt: ms,
  answerTime: ms,
});

const ended: Report = { type: "ended", verdict: "dead" };

Deno.test("read() has nothing to tell before the first report", () => {
  assertEquals(after(), {
    verdict: null,
    since: null,
    lastAlive: null,
    rtt: { ...noTimes, buckets: Array(rttBounds.length + 1).fill(0) },
    answer: noTimes,
    withoutAlive15min: null,
    withoutAlive24h: null,
    cycles: noCycles,
    mended: 0,
    reconnects: 0,
    note: null,
    warning: null,
    tries: 0,
    losses: 0,
    discarded: noneDiscarded,
    transitions: { alive: 0, fault: 0, dead: 0 },
    recent: "",
    logins: { ok: 0, failed: 0 },
  });
});

Deno.test("createRecorder() counts what a stream's cycles may have, and remembers what its peer said", () => {
  const stream = {
    note: "answered 503",
    warning: null,
    isHeld: false,
    reconnect: null,
    phases: { connect: 1, tls: null, greeting: 2, proof: 0 },
    portal: null,
  };
  const now = instant(0);
  const recorder = createRecorder(ws);
  const { counters } = recorder;
  const said = () => [counters.note, counters.warning, counters.reconnects];
  assertEquals(counters.discarded, {
    protocol: 0,
    length: 0,
    late: 0,
    moved: 0,
  });
  const silent = cycleResult({ verdict: "silent", rtt: null, stream });
  recorder.record({ type: "cycle", result: silent }, now);
  assertEquals(said(), ["answered 503", null, 0]);
  recorder.record(late(5_000), now);
  assertEquals(said(), [null, null, 0]);
  const odd = { ...stream, note: "logged in", warning: "as another user" };
  const result = cycleResult({ stream: odd });
  recorder.record({ type: "cycle", result }, now);
  recorder.record({ type: "reconnect", reason: "reset the connection" }, now);
  assertEquals(said(), ["logged in", "as another user", 1]);
});

Deno.test("read() tells the last verdict, since when it is so, and the last sign of life", () => {
  const rows: [
    reports: [at: number, Report][],
    verdict: string,
    since: number,
    lastAlive: number | null,
  ][] = [
    [[[2, alive(2)]], "alive", 2, 2],
    [[[2, alive(2)], [minute, alive(2)]], "alive", 2, minute],
    [[[2, cycle("silent")]], "silent", 2, null],
    [
      [[2, alive(2)], [70, cycle("silent")], [90, cycle("silent")]],
      "silent",
      70,
      2,
    ],
    [
      [[2, alive(2)], [70, cycle("silent")], [90, cycle("garbled")]],
      "garbled",
      90,
      2,
    ],
    [
      [
        [2, alive(2)],
        [70, cycle("silent")],
        [80, late(78)],
      ],
      "alive",
      80,
      80,
    ],
    [
      [[2, alive(2)], [70, cycle("dead")], [70, ended]],
      "dead",
      70,
      2,
    ],
  ];
  for (const [reports, verdict, since, lastAlive] of rows) {
    const found = after(...reports);
    assertEquals(
      [found.verdict, found.since, found.lastAlive],
      [verdict, start + since, lastAlive && start + lastAlive],
    );
  }
});

Deno.test("read() tells the round trips of signs of life alone", () => {
  const { rtt } = after(
    [1, alive(0.4)],
    [2, alive(1)],
    [3, alive(1.1)],
    [4, alive(600)],
    [5, cycle("silent", { rtt: 7 })],
    [6, late(10_000)],
    [7, alive(10_001)],
    [8, cycle("dead", { rtt: 1, deadReplies: 2 })],
  );
  assertEquals(rtt, {
    count: 6,
    sum: 0.4 + 1 + 1.1 + 600 + 10_000 + 10_001,
    min: 0.4,
    max: 10_001,
    last: null,
    buckets: [2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 1],
  });
});

Deno.test("read() tells the last round trip, as long as that is of the last cycle", () => {
  const rows: [reports: Report[], last: number | null][] = [
    [[alive(0.4)], 0.4],
    [[alive(0.4), alive(3, 2)], 3],
    [[alive(0.4), cycle("silent", { rtt: 7 })], null],
    [[cycle("silent"), late(6_000)], 6_000],
    [[alive(0.4), cycle("dead", { rtt: 1, deadReplies: 2 })], null],
  ];
  for (const [reports, last] of rows) {
    const found = after(...reports.map((it): [number, Report] => [0, it]));
    assertEquals(found.rtt.last, last);
  }
});

Deno.test("read() counts tries, and those that nothing valid answered", () => {
  const rows: [report: Report, tries: number, losses: number][] = [
    [alive(2), 1, 0],
    [alive(2, 3), 3, 2],
    [cycle("silent"), 3, 3],
    [cycle("garbled"), 3, 3],
    [cycle("unsendable", { tries: 0 }), 0, 0],
    // A death reply, and a whole series without a second one.
    [cycle("silent", { tries: 4, deadReplies: 1 }), 4, 3],
    [cycle("dead", { tries: 2, deadReplies: 2 }), 2, 0],
    [cycle("dead", { tries: 5, deadReplies: 2 }), 5, 3],
    // It rests on a reply to the cycle before.
    [cycle("dead", { tries: 1, deadReplies: 2 }), 1, 0],
  ];
  for (const [report, tries, losses] of rows) {
    const found = after([1, report], [2, report]);
    assertEquals([found.tries, found.losses], [2 * tries, 2 * losses]);
  }
});

Deno.test("read() counts cycles, what was discarded, what was mended, and transitions", () => {
  const found = after(
    [1, cycle("alive", { rtt: 1, reasons: { uid: 2, late: 1 } })],
    [1, transition("none", "alive")],
    [2, cycle("garbled", { reasons: { uid: 1, tail: 1 } })],
    [2, transition("alive", "garbled")],
    [3, late(2)],
    [3, transition("garbled", "alive")],
    [4, cycle("unresolved", { tries: 0 })],
    [4, transition("alive", "unresolved")],
    [5, cycle("dead", { deadReplies: 2 })],
    [5, transition("unresolved", "dead")],
    [5, ended],
  );
  const cycles = { ...noCycles, alive: 1, dead: 1, unresolved: 1, garbled: 1 };
  assertEquals(found.cycles, cycles);
  assertEquals(found.mended, 1);
  assertEquals(found.transitions, { alive: 2, fault: 2, dead: 1 });
  const discarded = { ...noneDiscarded, uid: 3, tail: 1, late: 1 };
  assertEquals(found.discarded, discarded);
});

Deno.test("read() tells the share of cycles without a sign of life over 15 minutes and 24 hours", () => {
  const recorder = createRecorder(srun);
  // A cycle a minute for two days, of which each tenth fails.
  for (let n = 0; n < 2 * 24 * 60; n++) {
    const report = n % 10 === 9 ? cycle("silent") : alive(2);
    recorder.record(report, instant(n * minute));
  }
  // The last 15 cycles have the failures 2869 and 2879 in them.
  const last = recorder.read(instant((2 * 24 * 60 - 1) * minute));
  assertEquals(
    [last.withoutAlive15min, last.withoutAlive24h],
    [2 / 15, 1 / 10],
  );
  recorder.record(
    late(5),
    instant(2 * 24 * 60 * minute),
  );
  // A minute later, one of the 15 cycles is out.
  const mended = recorder.read(instant(2 * 24 * 60 * minute));
  assertEquals(mended.withoutAlive15min, 1 / 14);
  const muchLater = recorder.read(instant(3 * 24 * 60 * minute));
  assertEquals(muchLater.withoutAlive15min, null);
  assertEquals(muchLater.withoutAlive24h, null);
});

Deno.test("read() tells times by the clock as it was set since", () => {
  const recorder = createRecorder(srun);
  // A machine whose clock begins in 1970 and is set after a minute.
  const boot = (uptime: number) => ({ wall: uptime, uptime });
  const set = (uptime: number) => ({ wall: start + uptime, uptime });
  recorder.record(alive(1), boot(5 * second));
  recorder.record(cycle("silent"), boot(50 * second));
  const before = recorder.read(boot(60 * second));
  assertEquals([before.since, before.lastAlive], [50 * second, 5 * second]);
  const after = recorder.read(set(61 * second));
  assertEquals(
    [after.since, after.lastAlive],
    [start + 50 * second, start + 5 * second],
  );
  assertEquals(after.withoutAlive15min, 0.5);
  // And one that is set back a day.
  const day = 24 * 60 * minute;
  recorder.record(alive(1), set(70 * second));
  const back = recorder.read({ wall: start - day, uptime: 80 * second });
  assertEquals(back.since, start - day - 10 * second);
  assertEquals(back.withoutAlive24h, 1 / 3);
});

Deno.test("read() tells round trips apart from the times of answers", () => {
  const lost = cycle("alive", { rtt: null, answerTime: 1_005, tries: 2 });
  const { rtt, answer } = after(
    [1, cycle("alive", { rtt: 5, answerTime: 5 })],
    [2, lost],
  );
  assertEquals([rtt.count, rtt.max, rtt.last], [1, 5, null]);
  assertEquals(answer, {
    count: 2,
    sum: 1_010,
    min: 5,
    max: 1_005,
    last: 1_005,
  });
});
