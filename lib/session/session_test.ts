import { assertEquals } from "@std/assert";
import { srun } from "../protocol/srun.ts";
import { advance } from "./session.ts";
import { beginSession, type Session } from "./session_state.ts";

const gateway = { host: "192.0.2.1", port: 3335 };

const plan: Session = {
  name: "default",
  gateway,
  protocol: srun,
  values: {},
  identity: "77",
  readIdentity: null,
  bind: null,
  family: "auto",
  interval: 60_000,
  jitter: 0,
  timeout: 1000,
  tries: 3,
  confirm: 2,
  deadAfter: 2_000,
  replyFrom: [],
  tolerate: 0,
  count: null,
  giveUpAfter: null,
};

Deno.test("advance() changes nothing before the deadline", () => {
  const state = beginSession(plan, 5);
  const moment = { now: 4, wallTime: 4, random: 0 };
  assertEquals(advance(state, { type: "time" }, moment), [state, []]);
});
