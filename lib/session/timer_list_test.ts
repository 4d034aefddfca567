import { assertEquals } from "@std/assert";
import { createVirtualClock } from "../testing/virtual_clock.ts";
import { createAgenda } from "./timer_list.ts";

/** An agenda that writes down what came when; each thing takes so many ms. */
function setUp(takes = 0) {
  const clock = createVirtualClock();
  const came: string[] = [];
  const agenda = createAgenda<string>(clock, (what) => {
    came.push(`${what} ${clock.now()}`);
    clock.runUntil(clock.now() + takes);
  });
  return { clock, came, agenda };
}

Deno.test("createAgenda() calls back with each thing in its time, what is due at once", () => {
  const { clock, came, agenda } = setUp();
  clock.runUntil(10);
  agenda.set([[30, "c"], [10, "b"], [5, "a"], [30, "d"]]);
  assertEquals(came, ["a 10", "b 10"]);
  clock.runUntil(100);
  assertEquals(came.slice(2), ["c 30", "d 30"]);
  assertEquals(clock.pending, 0);
});

Deno.test("createAgenda() forgets what it had when it is set anew", () => {
  const { clock, came, agenda } = setUp();
  agenda.set([[10, "a"], [20, "b"]]);
  clock.runUntil(15);
  agenda.set([[20, "c"]]);
  clock.runUntil(100);
  assertEquals(came, ["a 10", "c 20"]);
  agenda.set([[200, "d"]]);
  agenda.set([]);
  assertEquals(clock.pending, 0);
});

Deno.test("createAgenda() lets others get through where much is due", () => {
  const { clock, came, agenda } = setUp(3);
  agenda.set(Array.from("abcdef", (what) => [0, what]));
  // Two of them take longer than it may hold up everything else.
  assertEquals(came, ["a 0", "b 3"]);
  clock.runUntil(100);
  assertEquals(came.slice(2), ["c 6", "d 9", "e 12", "f 15"]);
});
