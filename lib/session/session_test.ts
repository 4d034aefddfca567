import { assertEquals } from "@std/assert";
import type { CycleResult, Report, StreamFacts } from "../finding.ts";
import type { Order } from "../probe/probe.ts";
import { srunHttp } from "../protocol/srun_http.ts";
import { tcp } from "../protocol/tcp.ts";
import { ws } from "../protocol/ws.ts";
import type { Verdict } from "../verdict.ts";
import type { Endpoint } from "../world.ts";
import { advance } from "./session.ts";
import {
  beginSession,
  type Effect,
  type Session,
  type SessionEvent,
  type SessionState,
} from "./session_state.ts";
import { testSession } from "./test_session.ts";

const plan = testSession;

Deno.test("advance() changes nothing before the deadline", () => {
  const state = beginSession(plan, 5);
  const moment = { now: 4, wallTime: 4, random: 0 };
  assertEquals(advance(state, { type: "time" }, moment), [state, []]);
});

/** A session of a stream, and what it has to do, event by event. */
function script(change: Partial<Session>) {
  let state: SessionState = beginSession({ ...plan, ...change }, 0);
  return {
    /** What it does about an event. */
    on(event: SessionEvent, now: number): readonly Effect[] {
      const [next, effects] = advance(state, event, {
        now,
        wallTime: now,
        random: 0,
      });
      state = next;
      return effects;
    },
    get slot() {
      return state.phase.type === "waiting" ? state.phase.slot : null;
    },
  };
}

/** The order among some effects. */
function orderIn(effects: readonly Effect[]): Order | undefined {
  const [order] = effects.flatMap((effect) =>
    effect.type === "begin" ? [effect.order] : []
  );
  return order;
}

/** The reports among some effects. */
function reportsIn(effects: readonly Effect[]): Report[] {
  return effects.flatMap((effect) =>
    effect.type === "report" ? [effect.report] : []
  );
}

const facts: StreamFacts = {
  note: null,
  warning: null,
  isHeld: false,
  reconnect: null,
  phases: { connect: 1, tls: null, greeting: 1, proof: 0 },
  portal: null,
};

/** The end of an order's cycle that has found life. */
function alive(order: Order, reconnect: string | null = null): SessionEvent {
  return ended(order, {
    verdict: "alive",
    address: order.targets[0]!,
    reconnect,
  });
}

/** The end of an order's cycle. */
function ended(order: Order, { verdict, address, reconnect = null }: {
  readonly verdict: Verdict;
  readonly address: Endpoint;
  readonly reconnect?: string | null;
}): SessionEvent {
  const result: CycleResult = {
    verdict,
    address,
    rtt: 1,
    answerTime: 2,
    tries: 1,
    localPort: null,
    deadReplies: 0,
    reasons: {},
    fault: null,
    stream: { ...facts, reconnect },
  };
  const end = {
    order,
    result,
    since: 0,
    tries: 1,
    asked: [address.host],
    heard: [],
  };
  return { type: "ended", end };
}

Deno.test("advance() begins a cycle at once when a held connection ends, once an interval", () => {
  const session = script({ protocol: ws, hold: true, interval: 30_000 });
  const lost = { type: "lost", reason: "ended the connection" } as const;
  const first = orderIn(session.on({ type: "time" }, 0))!;
  assertEquals(first.hold, true);
  session.on(alive(first), 10);
  assertEquals(session.slot, 30_000);

  const again = orderIn(session.on(lost, 4_000))!;
  assertEquals(again.hold, true);
  const reports = reportsIn(session.on(alive(again, lost.reason), 4_010));
  // No transition: a connection's end is no verdict.
  assertEquals(reports.map(({ type }) => type), ["cycle", "reconnect"]);
  assertEquals(reports[1], { type: "reconnect", reason: lost.reason });
  assertEquals(session.slot, 30_000);

  // One that is lost again so soon has to wait for its slot.
  assertEquals(session.on(lost, 33_999), []);
  const slot = orderIn(session.on({ type: "time" }, 33_999))!;
  session.on(alive(slot), 34_000);
  assertEquals(orderIn(session.on(lost, 34_001)) !== undefined, true);
  // Nor does it matter while a cycle is under way.
  assertEquals(session.on(lost, 99_000), []);
});

Deno.test("advance() asks portals by IPv4 as far as they have any, and others by all they have", () => {
  const rows: [
    what: string,
    change: Partial<Session>,
    hosts: string[],
    asked: string[] | null,
  ][] = [
    ["both", { protocol: srunHttp }, ["2001:db8::1", "192.0.2.1"], [
      "192.0.2.1",
    ]],
    ["IPv6 alone", { protocol: srunHttp }, ["2001:db8::1"], ["2001:db8::1"]],
    [
      "IPv6 is set",
      { protocol: srunHttp, family: "6" },
      ["2001:db8::1", "192.0.2.1"],
      ["2001:db8::1"],
    ],
    [
      "its own address says",
      { protocol: srunHttp, bind: "2001:db8::9" },
      ["2001:db8::1", "192.0.2.1"],
      ["2001:db8::1"],
    ],
    ["no portal", { protocol: tcp }, ["2001:db8::1", "192.0.2.1"], [
      "2001:db8::1",
      "192.0.2.1",
    ]],
  ];
  for (const [what, change, hosts, asked] of rows) {
    const gateway = { host: "gw.example", port: 80 };
    const session = script({ gateway, ...change });
    assertEquals(session.on({ type: "time" }, 0), [{ type: "look-up" }]);
    const order = orderIn(session.on({ type: "hosts", answer: hosts }, 1));
    assertEquals(order?.targets.map(({ host }) => host) ?? null, asked, what);
  }
});

Deno.test("advance() asks at the path of a unix socket, whatever the family", () => {
  for (const family of ["auto", "4", "6"] as const) {
    const gateway = { host: "/run/peer", port: 0 };
    const session = script({ protocol: tcp, gateway, family });
    const order = orderIn(session.on({ type: "time" }, 0));
    assertEquals(order?.targets, [gateway]);
  }
});

Deno.test("advance() takes the address of a stream that was alive for the one that knows, not one that refused", () => {
  const gateway = { host: "localhost", port: 80 };
  const session = script({ protocol: tcp, gateway, login: "log-in" });
  const hosts = ["127.0.0.1", "::1"];
  const cycle = (now: number) => {
    session.on({ type: "time" }, now);
    return orderIn(session.on({ type: "hosts", answer: hosts }, now))!;
  };
  const first = cycle(0);
  session.on(alive(first), 1);
  const second = cycle(60_000);
  assertEquals(second.lastAnswered, "127.0.0.1");
  const [address] = second.targets.slice(1);
  session.on(ended(second, { verdict: "dead", address: address! }), 60_001);
  session.on({ type: "ask" }, 60_002);
  const third = orderIn(session.on({ type: "hosts", answer: hosts }, 60_003))!;
  assertEquals(third.lastAnswered, "127.0.0.1");
  assertEquals(third.targets[0]!.host, "127.0.0.1");
});
