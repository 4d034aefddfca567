import { assertEquals } from "@std/assert";
import type {
  SessionRecord,
  StatusDocument,
} from "../../status/status_document.ts";
import { look, nothingSeen, type Seen } from "./seen.ts";
import { at, judged, now, statusOf } from "./test_session.ts";

function documentOf(
  sessions: readonly SessionRecord[],
  change: Partial<StatusDocument> = {},
): StatusDocument {
  return {
    version: "0.1.0",
    pid: 4711,
    started: at(-60),
    updated: at(0),
    uptime_ms: 60_000,
    boot_id: null,
    stale_after: at(60),
    stopped: null,
    exit_code: null,
    sessions,
    ...change,
  };
}

function see(before: Seen, document: StatusDocument): Seen {
  return look(before, document, document.sessions);
}

Deno.test("look() finds transitions from look to look, none at first", () => {
  const rows: [before: SessionRecord, after: SessionRecord, seen: string][] = [
    [statusOf("dorm"), judged("dorm", "alive"), "none alive"],
    [judged("dorm", "alive"), judged("dorm", "alive"), ""],
    [judged("dorm", "alive"), judged("dorm", "silent"), "alive silent"],
    [judged("dorm", "silent"), judged("dorm", "garbled"), ""],
    [judged("dorm", "garbled"), judged("dorm", "alive"), "garbled alive"],
    [judged("dorm", "alive"), judged("dorm", "dead"), "alive dead"],
    [judged("lab", "alive"), judged("dorm", "dead"), ""],
  ];
  for (const [before, after, wanted] of rows) {
    const first = see(nothingSeen, documentOf([before]));
    assertEquals(first.transitions, []);
    const { transitions } = see(first, documentOf([after]));
    assertEquals(
      transitions.map(({ from, to }) => `${from} ${to}`).join(),
      wanted,
    );
    if (transitions.length > 0) {
      assertEquals(transitions[0]!.time, now - 25 * 60_000);
    }
  }
});

Deno.test("look() collects cycles while it is the same agent", () => {
  const status = (alive: number): SessionRecord => {
    const { cycles } = statusOf("dorm");
    return judged("dorm", "alive", { cycles: { ...cycles, alive }, tries: 9 });
  };
  let seen = see(nothingSeen, documentOf([status(3)]));
  assertEquals(seen.sessions[0]!.cycles, []);
  seen = see(seen, documentOf([status(5)]));
  assertEquals(seen.sessions[0]!.cycles.length, 2);
  seen = see(seen, documentOf([status(7)], { started: at(0) }));
  assertEquals(seen.sessions[0]!.cycles.length, 2);
  seen = see(seen, documentOf([status(8)], { started: at(0) }));
  assertEquals(seen.sessions[0]!.cycles.length, 3);
});

Deno.test("look() knows an agent again whose machine's clock was set", () => {
  const status = (alive: number): SessionRecord => {
    const { cycles } = statusOf("dorm");
    return judged("dorm", "alive", { cycles: { ...cycles, alive }, tries: 9 });
  };
  // It started after 10 s, and wrote after a minute, when it was 1970.
  const early = {
    started: "1970-01-01T00:00:10.100Z",
    updated: "1970-01-01T00:01:00.000Z",
    uptime_ms: 60_000,
  };
  const rows: [later: Partial<StatusDocument>, cycles: number][] = [
    [{ uptime_ms: 69_000 }, 2],
    [{ uptime_ms: 70_000 }, 2],
    // Another one, that of another boot, and one that started later.
    [{ uptime_ms: 70_000, pid: 2 }, 0],
    [{ uptime_ms: 70_000, boot_id: "1" }, 0],
    [{ uptime_ms: 75_000 }, 0],
  ];
  for (const [change, cycles] of rows) {
    const seen = see(nothingSeen, documentOf([status(5)], early));
    const later = { started: at(-60), updated: at(0), ...change };
    const { sessions } = see(seen, documentOf([status(7)], later));
    assertEquals(sessions[0]!.cycles.length, cycles, JSON.stringify(change));
  }
});
