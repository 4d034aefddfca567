import { assertEquals } from "@std/assert";
import type { SessionRecord } from "../../status/status_document.ts";
import { remember, transitionBetween } from "./state.ts";
import { judged, now, statusOf } from "./test_status.ts";

Deno.test("remember() lets the oldest give way", () => {
  let list: readonly number[] = [];
  for (let item = 1; item <= 1_000; item++) list = remember(list, item);
  assertEquals(list, Array.from({ length: 100 }, (_, k) => 901 + k));
});

Deno.test("transitionBetween() tells a change of class, none at first", () => {
  const rows: [before: SessionRecord, after: SessionRecord, seen: string][] = [
    [statusOf("dorm"), judged("dorm", "alive"), "none alive"],
    [statusOf("dorm"), statusOf("dorm"), ""],
    [judged("dorm", "alive"), judged("dorm", "alive"), ""],
    [judged("dorm", "alive"), judged("dorm", "silent"), "alive silent"],
    [judged("dorm", "silent"), judged("dorm", "garbled"), ""],
    [judged("dorm", "garbled"), judged("dorm", "alive"), "garbled alive"],
    [judged("dorm", "alive"), judged("dorm", "dead"), "alive dead"],
  ];
  for (const [before, after, wanted] of rows) {
    const found = transitionBetween(before, after);
    assertEquals(found === null ? "" : `${found.from} ${found.to}`, wanted);
    if (found !== null) assertEquals(found.time, now - 25 * 60_000);
  }
});
