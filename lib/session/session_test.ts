import { assert, assertEquals } from "@std/assert";
import { encodeReply, srun } from "../protocol/srun.ts";
import { advance } from "./session.ts";
import {
  beginSession,
  deadline,
  type Effect,
  type SessionEvent,
  type SessionPlan,
} from "./session_state.ts";

const gateway = { host: "192.0.2.1", port: 3335 };

const plan: SessionPlan = {
  name: "default",
  gateway,
  heartbeat: (uid) => srun(uid, { strictReply: true }),
  uid: 77n,
  rereadsUid: false,
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

Deno.test("advance() forgets sockets that have been closed", () => {
  let state = beginSession({ ...plan, interval: 100 }, 0);
  let now = 0;
  const happen = (event: SessionEvent): readonly Effect[] => {
    const [next, effects] = advance(state, event, { now, random: 0 });
    state = next;
    return effects;
  };
  for (let cycle = 0; cycle < 1000; cycle++) {
    now = deadline(state);
    for (const effect of happen({ type: "time" })) {
      if (effect.type !== "send") continue;
      const { socket } = effect;
      happen({ type: "bound", socket, port: 40000 + socket % 1000 });
      now += 1;
      const bytes = encodeReply(77n);
      happen({ type: "datagram", socket, from: gateway, bytes });
    }
    // Ten seconds of lingering are a hundred cycles.
    assert(state.lingering.length <= 102);
  }
  assertEquals([state.cycles, state.verdict], [1000, "alive"]);
});

Deno.test("advance() changes nothing before the deadline", () => {
  const state = beginSession(plan, 5);
  const moment = { now: 4, random: 0 };
  assertEquals(advance(state, { type: "time" }, moment), [state, []]);
});
