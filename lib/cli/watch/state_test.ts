import { assert, assertEquals } from "@std/assert";
import type { SessionRecord } from "../../status/status_document.ts";
import { eventsBetween, remember } from "./state.ts";
import { judged, now, statusOf } from "./test_status.ts";

Deno.test("remember() lets the oldest give way", () => {
  let list: readonly number[] = [];
  for (let item = 1; item <= 1_000; item++) list = remember(list, item);
  assertEquals(list, Array.from({ length: 100 }, (_, k) => 901 + k));
});

Deno.test("eventsBetween() tells a change of class, none at first, and a reconnect", () => {
  const rows: [before: SessionRecord, after: SessionRecord, seen: string][] = [
    [statusOf("dorm"), judged("dorm", "alive"), "none alive"],
    [statusOf("dorm"), statusOf("dorm"), ""],
    [judged("dorm", "alive"), judged("dorm", "alive"), ""],
    [judged("dorm", "alive"), judged("dorm", "silent"), "alive silent"],
    [judged("dorm", "silent"), judged("dorm", "garbled"), ""],
    [judged("dorm", "garbled"), judged("dorm", "alive"), "garbled alive"],
    [judged("dorm", "alive"), judged("dorm", "dead"), "alive dead"],
    [
      judged("dorm", "alive"),
      judged("dorm", "alive", { reconnects: 2 }),
      "reconnect",
    ],
    [
      judged("dorm", "silent", { reconnects: 2 }),
      judged("dorm", "alive", { reconnects: 3 }),
      "silent alive, reconnect",
    ],
  ];
  for (const [before, after, wanted] of rows) {
    const found = eventsBetween(before, after);
    const told = found.map((event) =>
      event.to === null ? "reconnect" : `${event.from} ${event.to}`
    );
    assertEquals(told.join(", "), wanted);
    assert(found.every(({ time }) => time >= now - 25 * 60_000));
  }
});
