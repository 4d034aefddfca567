import { assertEquals } from "@std/assert";
import { deadUid, encodeReply, srunHeartbeat } from "../../protocol/srun.ts";
import type { DatagramOrder } from "../probe.ts";
import type { CycleSocket } from "./cycle.ts";
import { LateReplies } from "./late.ts";

const plan: DatagramOrder = {
  lastAnswered: null,
  deadOn: [],
  hold: false,
  heartbeat: srunHeartbeat(77n),
  targets: [],
  replyFrom: [],
  doubtful: null,
  bind: null,
  silentCycles: 0,
  hearsLateDeaths: true,
  lateDeath: null,
  timeout: 1_000,
  tries: 3,
  confirm: 2,
  deadAfter: 2_000,
  mayConfirm: true,
  smoothedRtt: null,
};

const from = { host: "192.0.2.1", port: 3335 };

/** A socket that made so many tries, the first at monotonic time `since`. */
function socketWith(tries: number, since: number): CycleSocket {
  const asked = { to: from, bytes: new Uint8Array(), at: since };
  return {
    id: since,
    family: "4",
    port: 40_000,
    asked: Array.from({ length: tries }, () => asked),
    tries,
    since,
    answer: null,
    deaths: 0,
    deathAt: null,
  };
}

Deno.test("hear() knows a round trip only where one try had been made (Karn)", () => {
  const sockets = [socketWith(2, 1_000), socketWith(1, 3_000)];
  for (const [place, rtt] of [null, 4_000].entries()) {
    const replies = new LateReplies({ plan, sockets }, sockets[place]!);
    const event = replies.hear(encodeReply(77n), from, 7_000);
    assertEquals(event, {
      type: "late",
      late: {
        reply: "alive",
        from,
        rtt,
        answerTime: 6_000,
        port: 40_000,
        order: plan,
      },
    });
  }
});

Deno.test("hear() takes one reply of each kind, and tells why it discards others", () => {
  const socket = socketWith(1, 0);
  const replies = new LateReplies({ plan, sockets: [socket] }, socket);
  const stranger = { ...from, port: 53 };
  const rows = [
    [encodeReply(deadUid), from, "late dead"],
    [encodeReply(deadUid), from, "discarded duplicate"],
    [encodeReply(77n), stranger, "discarded source"],
    [encodeReply(77n), from, "late alive"],
    [encodeReply(77n), from, "discarded duplicate"],
    [new Uint8Array(3), from, "discarded length"],
  ] as const;
  for (const [bytes, peer, found] of rows) {
    const event = replies.hear(bytes, peer, 1_000);
    const what = event.type === "late" ? event.late.reply : event.reason;
    assertEquals(`${event.type} ${what}`, found);
  }
});
