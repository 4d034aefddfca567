import { assertEquals } from "@std/assert";
import { createVirtualClock } from "../testing/virtual_clock.ts";
import { TimerList } from "./timer_list.ts";

/** A list that writes down what came when; each entry takes this long, in ms. */
function setUp(takes = 0) {
  const clock = createVirtualClock();
  const came: string[] = [];
  const list = new TimerList<string>(clock, (what) => {
    came.push(`${what} ${clock.now()}`);
    clock.runUntil(clock.now() + takes);
  });
  return { clock, came, list };
}

Deno.test("set() calls back with each entry in its time, what is due at once", () => {
  const { clock, came, list } = setUp();
  clock.runUntil(10);
  list.set([[30, "c"], [10, "b"], [5, "a"], [30, "d"]]);
  assertEquals(came, ["a 10", "b 10"]);
  clock.runUntil(100);
  assertEquals(came.slice(2), ["c 30", "d 30"]);
  assertEquals(clock.pending, 0);
});

Deno.test("set() forgets what it had when it is set anew", () => {
  const { clock, came, list } = setUp();
  list.set([[10, "a"], [20, "b"]]);
  clock.runUntil(15);
  list.set([[20, "c"]]);
  clock.runUntil(100);
  assertEquals(came, ["a 10", "c 20"]);
  list.set([[200, "d"]]);
  list.set([]);
  assertEquals(clock.pending, 0);
});

Deno.test("set() lets others get through where much is due", () => {
  const { clock, came, list } = setUp(3);
  list.set(Array.from("abcdef", (what) => [0, what]));
  // Two of them take longer than it may hold up everything else.
  assertEquals(came, ["a 0", "b 3"]);
  clock.runUntil(100);
  assertEquals(came.slice(2), ["c 6", "d 9", "e 12", "f 15"]);
});
