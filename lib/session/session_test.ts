import { assertEquals } from "@std/assert";
import { advance } from "./session.ts";
import { beginSession } from "./session_state.ts";
import { testSession } from "./test_session.ts";

const plan = testSession;

Deno.test("advance() changes nothing before the deadline", () => {
  const state = beginSession(plan, 5);
  const moment = { now: 4, wallTime: 4, random: 0 };
  assertEquals(advance(state, { type: "time" }, moment), [state, []]);
});
