import { assertEquals } from "@std/assert";
import type { CycleResult } from "../finding.ts";
import type { CycleEnd, Order, ProbeEvent } from "../probe/probe.ts";
import type { Verdict } from "../verdict.ts";
import { createProbeWithOpinions, type Opinion } from "./opinions.ts";

const result = (verdict: Verdict, note: string | null = null): CycleResult => ({
  verdict,
  address: null,
  rtt: null,
  answerTime: null,
  tries: 1,
  localPort: null,
  deadReplies: 0,
  reasons: {},
  fault: null,
  stream: {
    note,
    warning: null,
    isHeld: false,
    reconnect: null,
    phases: { connect: null, tls: null, greeting: null, proof: null },
    portal: null,
  },
});
const order = {} as Order;
const ended = (verdict: Verdict): ProbeEvent => ({
  type: "ended",
  end: {
    order,
    result: result(verdict),
    since: 0,
    tries: 1,
    asked: [],
    heard: [],
  },
});
const opinion = (verdict: Verdict, note?: string): Opinion => ({
  target: "srun+http://portal",
  result: result(verdict, note),
});

/** A probe with opinions, and whoever answers for the others and for itself. */
function setUp() {
  const told: string[] = [];
  let tell = (_event: ProbeEvent) => {};
  let answer = (_opinions: readonly Opinion[]) => {};
  let stopped = 0;
  const describe = ({ result, disagreement }: CycleEnd) =>
    `${result.verdict}${disagreement ? `, ${disagreement.message}` : ""}`;
  const probe = createProbeWithOpinions({
    target: "srun://gw",
    createProbe(onEvent) {
      tell = onEvent;
      return { begin() {}, close() {} };
    },
    askOthers(callback) {
      answer = callback;
      return () => stopped++;
    },
    onEvent: (event) =>
      told.push(event.type === "ended" ? describe(event.end) : event.type),
  });
  return {
    probe,
    told,
    tell: (event: ProbeEvent) => tell(event),
    answer: (...opinions: Opinion[]) => answer(opinions),
    get stopped() {
      return stopped;
    },
  };
}

Deno.test("createProbeWithOpinions() reaches no verdict where another target contradicts", () => {
  const rows: [own: Verdict, others: Opinion[], told: string][] = [
    ["alive", [opinion("alive")], "alive"],
    ["alive", [opinion("silent"), opinion("garbled")], "alive"],
    ["dead", [opinion("dead")], "dead"],
    ["dead", [opinion("silent")], "dead"],
    [
      "alive",
      [opinion("alive"), opinion("dead", "not online")],
      "alive, srun://gw says that the session is alive, but srun+http://portal says that the session is dead (not online)",
    ],
    [
      "dead",
      [opinion("alive")],
      "dead, srun://gw says that the session is dead, but srun+http://portal says that the session is alive",
    ],
  ];
  for (const [own, others, wanted] of rows) {
    const first = setUp();
    first.probe.begin(order);
    first.tell(ended(own));
    assertEquals(first.told, []);
    first.answer(...others);
    assertEquals(first.told, [wanted]);
    const last = setUp();
    last.probe.begin(order);
    last.answer(...others);
    last.tell(ended(own));
    assertEquals(last.told, [wanted]);
  }
});

Deno.test("createProbeWithOpinions() waits for nobody after a fault, and passes on what else is told", () => {
  const faulty = setUp();
  faulty.probe.begin(order);
  faulty.tell({ type: "confirming" });
  faulty.tell(ended("silent"));
  faulty.answer(opinion("dead"));
  assertEquals([faulty.told, faulty.stopped], [["confirming", "silent"], 1]);
  faulty.probe.close();
  assertEquals(faulty.stopped, 2);
});

Deno.test("createProbeWithOpinions() passes on a late proof of life only where nobody contradicts it", () => {
  const late = (reply: "alive" | "dead"): ProbeEvent => ({
    type: "late",
    late: {
      reply,
      order,
      isLast: true,
      from: { host: "192.0.2.1", port: 80 },
      rtt: 1,
      answerTime: 1,
      port: null,
    },
  });
  const rows: [own: Verdict, others: Opinion[], passes: boolean][] = [
    ["alive", [opinion("alive")], true],
    ["alive", [opinion("dead")], false],
    ["dead", [opinion("alive")], true],
    ["dead", [opinion("dead")], true],
    // Nobody was waited for.
    ["silent", [], false],
  ];
  for (const [own, others, passes] of rows) {
    const it = setUp();
    it.probe.begin(order);
    it.tell(late("alive"));
    assertEquals(it.told, [], "the others have not been heard");
    it.tell(ended(own));
    if (others.length > 0) it.answer(...others);
    const before = it.told.length;
    it.tell(late("alive"));
    assertEquals(it.told.slice(before), passes ? ["late"] : [], own);
    it.tell(late("dead"));
    assertEquals(it.told.at(-1), "late");
  }
});
