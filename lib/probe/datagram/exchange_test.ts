import { assert, assertEquals } from "@std/assert";
import { deadUid, encodeReply, srunHeartbeat } from "../../protocol/srun.ts";
import { seededRandom } from "../../random.ts";
import { createVirtualClock } from "../../testing/virtual_clock.ts";
import type { DatagramOrder, ProbeEvent } from "../probe.ts";
import {
  advanceExchange,
  deadlineOf,
  type Exchange,
  type ExchangeEvent,
  nothingAsked,
} from "./exchange.ts";
import { LateReplies } from "./late.ts";

const gateway = { host: "192.0.2.1", port: 3335 };

const order: DatagramOrder = {
  lastAnswered: null,
  deadOn: [],
  hold: false,
  heartbeat: srunHeartbeat(77n),
  targets: [gateway],
  replyFrom: [],
  doubtful: null,
  bind: null,
  silentCycles: 0,
  timeout: 200,
  tries: 3,
  confirm: 20,
  deadAfter: 500,
  mayConfirm: true,
  hearsLateDeaths: true,
  lateDeath: null,
  smoothedRtt: null,
};

/** An exchange in virtual time; what it sends is answered as `respond` says, each reply so many ms later. */
function setUp(
  respond: () => readonly { bytes: Uint8Array; after: number }[],
) {
  const clock = createVirtualClock();
  const told: ProbeEvent[] = [];
  const late = new Map<number, LateReplies>();
  let state: Exchange = nothingAsked;

  function happen(event: ExchangeEvent): void {
    const moment = { now: clock.now(), wallTime: 0, random: 0 };
    const [next, effects] = advanceExchange(state, event, moment);
    state = next;
    for (const effect of effects) {
      if (effect.type === "report") told.push(effect.event);
      if (effect.type === "linger") {
        for (const socket of effect.cycle.sockets) {
          late.set(socket.id, new LateReplies(effect.cycle, socket));
        }
      }
      if (effect.type !== "send") continue;
      const { socket, to: from } = effect;
      happen({ type: "bound", socket, port: 32768 + socket % 28232 });
      for (const { bytes, after } of respond()) {
        clock.setTimer(clock.now() + after, () =>
          happen(
            late.get(socket)?.hear(bytes, from, clock.now()) ??
              { type: "datagram", socket, from, bytes },
          ));
      }
    }
  }

  /** Lets time pass until the cycle under way is over. */
  function toEnd(): void {
    while (state.cycle !== null) {
      clock.runUntil(Math.min(clock.next, deadlineOf(state)));
      if (clock.now() >= deadlineOf(state)) happen({ type: "time" });
    }
  }

  return { clock, told, happen, toEnd, state: () => state };
}

/** How many values a value holds, itself included. */
function count(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce((sum, inner) => sum + count(inner), 1);
}

const echo = (after: number) => ({ bytes: encodeReply(77n), after });
const death = (after: number) => ({ bytes: encodeReply(deadUid), after });

Deno.test("advanceExchange() remembers no more after thousands of cycles than after hundreds", () => {
  const random = seededRandom(1);
  const networks = [
    () => [echo(1)],
    () => [],
    () => random() < 0.05 ? [death(1 + random() * 9_000)] : [],
    () => random() < 0.5 ? [echo(random() * 12_000), death(1)] : [death(300)],
  ];
  for (const respond of networks) {
    const { clock, happen, toEnd, state } = setUp(respond);
    let most = 0;
    for (let cycle = 0; cycle < 3_000; cycle++) {
      happen({ type: "begin", order });
      toEnd();
      clock.runUntil(clock.now() + 500);
      const values = count(state());
      if (cycle < 300) most = Math.max(most, values);
      else assert(values <= 2 * most, `${most}, now ${values}`);
    }
  }
});

Deno.test("advanceExchange() lets a late sign of life end the cycle under way, and tells of both", () => {
  const replies = [[], [], [echo(700)]];
  const { clock, told, happen, toEnd } = setUp(() => replies.shift() ?? []);
  happen({ type: "begin", order: { ...order, tries: 1 } });
  toEnd();
  happen({ type: "begin", order: { ...order, tries: 1 } });
  toEnd();
  happen({ type: "begin", order: { ...order, tries: 1 } });
  toEnd();
  happen({ type: "begin", order: { ...order, tries: 5 } });
  toEnd();
  assertEquals(clock.now(), 1_100);
  assertEquals(
    told.map((event) =>
      event.type === "ended" ? event.end.result.verdict : event.type
    ),
    ["silent", "silent", "silent", "late", "alive"],
  );
});
