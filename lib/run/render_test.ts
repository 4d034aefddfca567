import { assertEquals } from "@std/assert";
import { sessionLine, sessionRecord } from "./render.ts";
import { milliseconds, plural } from "../words.ts";
import type { CycleResult, StreamFacts } from "../finding.ts";
import { cycleResult } from "../status/test_cycle.ts";

const subject = {
  name: "dorm",
  protocol: { scheme: "srun" },
  gateway: { host: "gw.example", port: 3335 },
  path: "",
};

const silent = cycleResult({
  verdict: "silent",
  address: { host: "2001:db8::7", port: 3335 },
  rtt: null,
  answerTime: null,
  tries: 3,
  localPort: 40312,
});

const fault = { code: "EPERM", message: "a firewall forbids it" };

Deno.test("sessionLine() explains each verdict in one line", () => {
  const rows: [change: Partial<CycleResult>, line: string][] = [
    [
      { verdict: "alive", rtt: 1.94, answerTime: 1.94, tries: 1 },
      "alive ([2001:db8::7]:3335, 1.9 ms, 1 try)",
    ],
    [
      {
        verdict: "alive",
        rtt: 1.94,
        answerTime: 1.94,
        oneWay: { there: 0.91, back: 1 },
      },
      "alive ([2001:db8::7]:3335, 1.9 ms (0.9 there, 1 back), 3 tries)",
    ],
    [
      { verdict: "alive", answerTime: 1999.96, tries: 2, fault },
      "alive ([2001:db8::7]:3335, answered after 2000 ms, 2 tries)",
    ],
    [
      { verdict: "dead", deadReplies: 1 },
      "dead ([2001:db8::7]:3335 said so 1 time)",
    ],
    [
      { verdict: "dead", deadReplies: 2 },
      "dead ([2001:db8::7]:3335 said so 2 times)",
    ],
    [{}, "silent (no answer from [2001:db8::7]:3335, 3 tries)"],
    [
      { reasons: { source: 2, late: 1 }, fault, tries: 1 },
      "silent (no answer from [2001:db8::7]:3335, 1 try, discarded: 2 × source, 1 × late, EPERM: a firewall forbids it)",
    ],
    [
      { note: "192.0.2.254 says: host unreachable" },
      "silent (no answer from [2001:db8::7]:3335, 3 tries, 192.0.2.254 says: host unreachable)",
    ],
    [
      { deadReplies: 1 },
      "silent ([2001:db8::7]:3335 said it is dead, but did not confirm that, 3 tries)",
    ],
    [
      { verdict: "garbled", reasons: { tail: 3 } },
      "garbled (no valid answer from [2001:db8::7]:3335, 3 tries, discarded: 3 × tail)",
    ],
    [
      { verdict: "unsendable", tries: 0, fault },
      "unsendable (EPERM: a firewall forbids it)",
    ],
    [
      { verdict: "unresolved", address: null, tries: 0, fault },
      "unresolved (EPERM: a firewall forbids it)",
    ],
    [
      { address: null },
      "silent (no answer from gw.example:3335, 3 tries)",
    ],
  ];
  for (const [change, line] of rows) {
    assertEquals(
      sessionLine(subject, { ...silent, ...change }),
      `dorm: ${line}`,
    );
  }
});

Deno.test("sessionRecord() has the documented keys in their order, null for what is absent", () => {
  assertEquals(
    JSON.stringify(sessionRecord(subject, silent)),
    '{"session":"dorm","verdict":"silent","exit_code":20,"target":"srun://gw.example:3335","protocol":"srun","gateway":"gw.example:3335","address":"[2001:db8::7]:3335","rtt_ms":null,"answer_ms":null,"tries":3,"local_port":40312,"dead_replies":0,"reasons":{},"error":null,"note":null,"warning":null,"held":null,"phases_ms":null,"portal":null,"one_way_ms":null}',
  );
  const worst: CycleResult = {
    ...silent,
    verdict: "unresolved",
    address: null,
    localPort: null,
    tries: 0,
    reasons: { late: 1 },
    fault: { ...fault, cause: "not for everybody" } as typeof fault,
  };
  assertEquals(
    JSON.stringify(sessionRecord(subject, worst)),
    '{"session":"dorm","verdict":"unresolved","exit_code":22,"target":"srun://gw.example:3335","protocol":"srun","gateway":"gw.example:3335","address":null,"rtt_ms":null,"answer_ms":null,"tries":0,"local_port":null,"dead_replies":0,"reasons":{"late":1},"error":{"code":"EPERM","message":"a firewall forbids it"},"note":null,"warning":null,"held":null,"phases_ms":null,"portal":null,"one_way_ms":null}',
  );
  const oneWay = { there: 0.26, back: 2 };
  assertEquals(sessionRecord(subject, { ...silent, oneWay })["one_way_ms"], {
    there: 0.3,
    back: 2,
  });
  const quick = { ...silent, verdict: "alive", rtt: 0 } as const;
  assertEquals(sessionRecord(subject, quick)["rtt_ms"], 0);
});

const streamFacts: StreamFacts = {
  note: "closed with 1008",
  warning: null,
  isHeld: false,
  reconnect: null,
  phases: { connect: 1.24, tls: null, greeting: null, proof: null },
  portal: null,
};

Deno.test("sessionLine() says in a stream's words what happened", () => {
  const rows: [
    change: Partial<CycleResult>,
    facts: Partial<StreamFacts>,
    line: string,
  ][] = [
    [
      { verdict: "alive", rtt: 2, answerTime: 3, tries: 1 },
      { note: null },
      "alive ([2001:db8::7]:3335, 2 ms, 1 try)",
    ],
    [
      { verdict: "alive", rtt: 2, answerTime: 3, tries: 1 },
      { note: "logged in for 5m", warning: "logged in as another user" },
      "alive ([2001:db8::7]:3335, 2 ms, 1 try, logged in for 5m, but logged in as another user)",
    ],
    [
      { verdict: "dead", deadReplies: 2 },
      {},
      "dead ([2001:db8::7]:3335 closed with 1008, 2 times)",
    ],
    [
      {},
      { note: "did not answer in time" },
      "silent ([2001:db8::7]:3335 did not answer in time, 3 tries)",
    ],
    [{}, { note: null }, "silent (no answer from [2001:db8::7]:3335, 3 tries)"],
    [
      { fault },
      { note: "reset the connection" },
      "silent ([2001:db8::7]:3335 reset the connection, 3 tries)",
    ],
    [
      { deadReplies: 1 },
      {},
      "silent ([2001:db8::7]:3335 said it is dead, but did not confirm that, 3 tries)",
    ],
    [
      { verdict: "garbled", reasons: { protocol: 2 } },
      { note: "answered 404" },
      "garbled ([2001:db8::7]:3335 answered 404, 3 tries, discarded: 2 × protocol)",
    ],
  ];
  for (const [change, facts, line] of rows) {
    const stream = { ...streamFacts, ...facts };
    assertEquals(
      sessionLine(subject, { ...silent, ...change, stream }),
      `dorm: ${line}`,
    );
  }
});

Deno.test("sessionRecord() tells what a stream has found out, and masks a portal's user", () => {
  const found: CycleResult = {
    ...silent,
    verdict: "alive",
    stream: {
      ...streamFacts,
      warning: "logged in as another user",
      isHeld: true,
      phases: { connect: 1.24, tls: 0, greeting: 5.55, proof: 0 },
      portal: { user: "20231234", address: "192.0.2.9", secondsOnline: 60 },
    },
  };
  const of = { ...subject, protocol: { scheme: "srun+http" }, path: "/a" };
  const { target, protocol, note, warning, held, phases_ms, portal } =
    sessionRecord(of, found);
  assertEquals(
    { target, protocol, note, warning, held, phases_ms, portal },
    {
      target: "srun+http://gw.example:3335/a",
      protocol: "srun+http",
      note: "closed with 1008",
      warning: "logged in as another user",
      held: true,
      phases_ms: { connect: 1.2, tls: 0, greeting: 5.6, proof: 0 },
      portal: {
        user: "***34",
        address: "192.0.2.9",
        seconds_online: 60,
        seconds_left: null,
        bytes: null,
      },
    },
  );
});

Deno.test("milliseconds() keeps one decimal", () => {
  const rows = [[0, 0], [1.94, 1.9], [1.95, 2], [0.04, 0], [2210.44, 2210.4]];
  for (const [ms, expected] of rows) {
    assertEquals(milliseconds(ms!), expected!);
  }
});

Deno.test("plural() takes the noun for one only with one", () => {
  assertEquals(
    [0, 1, 2].map((count) => plural(count, "try", "tries")),
    ["0 tries", "1 try", "2 tries"],
  );
});
