import { assertEquals } from "@std/assert";
import type { CycleResult } from "../../finding.ts";
import type { Heartbeat, PeerTimes } from "../../protocol/protocol.ts";
import type { Endpoint } from "../../world.ts";
import type { DatagramOrder } from "../probe.ts";
import {
  advanceCycle,
  beginCycle,
  type Cycle,
  cycleBudget,
  type CycleEffect,
  type CycleEvent,
  hearLateDeath,
} from "./cycle.ts";

/** A protocol for tests: one byte, `a` and `d` are replies, all else is flawed. */
const heartbeat: Heartbeat = {
  request: () => new Uint8Array([1]),
  longestReply: 1,
  judge: ([byte]) =>
    byte === 0x61
      ? { reply: "alive" }
      : byte === 0x64
      ? { reply: "dead" }
      : byte === 0x75
      ? { flaw: "uid" }
      : byte === 0x74
      ? { flaw: "tail" }
      : { flaw: "length" },
  secrets: () => [],
};

const gateway: Endpoint = { host: "192.0.2.1", port: 3335 };
const fault = { code: "ENETUNREACH", message: "no route" };

const plan: DatagramOrder = {
  lastAnswered: null,
  deadOn: [],
  hold: false,
  heartbeat,
  targets: [gateway],
  replyFrom: [],
  doubtful: null,
  bind: null,
  silentCycles: 0,
  hearsLateDeaths: true,
  lateDeath: null,
  timeout: 1000,
  tries: 3,
  confirm: 2,
  deadAfter: 2000,
  mayConfirm: true,
  smoothedRtt: null,
};

/** `[ms, what]`: "0 alive" arrives at socket 0, "1 unsent" says that its try failed, "decoy dead" arrives at a decoy. */
type Happening = [at: number, what: string];

const momentAt = (now: number) => ({ now, wallTime: 0, random: 0 });

/** A death reply that came 6 s after its cycle had begun. */
const lateDeath = { from: gateway, rtt: null, answerTime: 6000, port: 39999 };

/** Plays a cycle through to its end; returns what it did as lines, and the cycle. */
function play(
  happenings: Happening[],
  change: Partial<DatagramOrder> = {},
  late: typeof lateDeath | null = null,
): { lines: string[]; cycle: Cycle } {
  const lines: string[] = [];
  const todo = [...happenings];
  let now = 0;
  const order = { ...plan, ...change, lateDeath: late };
  let [cycle, effects] = beginCycle(order, 0, momentAt(now));
  const isTold = happenings.some(([, what]) => what.includes("line"));
  write(effects);
  while (cycle.result === null) {
    const [at, what] = todo[0] ?? [Infinity, ""];
    const isTimeUp = cycle.deadline < at;
    now = Math.max(now, Math.min(at, cycle.deadline));
    if (!isTimeUp) todo.shift();
    [cycle, effects] = !isTimeUp && what === "late"
      ? hearLateDeath(cycle, lateDeath, now)
      : advanceCycle(
        cycle,
        isTimeUp ? { type: "time" } : parse(what),
        momentAt(now),
      );
    write(effects);
  }
  lines.push(`${now} ${cycle.result.verdict}`);
  return { lines, cycle };

  function write(effects: CycleEffect[]): void {
    for (const effect of effects) {
      if (effect.type === "confirm") {
        lines.push(`${now} confirm`);
        // Who does not care takes one line for granted.
        if (!isTold) {
          [cycle] = advanceCycle(cycle, parse("one line"), momentAt(now));
        }
        continue;
      }
      const { socket, to } = effect;
      const where = to.host === gateway.host ? "" : ` ${to.host}`;
      lines.push(`${now} send ${socket}${where}`);
    }
  }
}

const forged: Record<string, Partial<Endpoint>> = {
  host: { host: "192.0.2.66" },
  port: { port: 53 },
  other: { host: "192.0.2.2" },
};

/** Reads `SOCKET WORD [FORGED]`. */
function parse(text: string): CycleEvent {
  const [id, what, forge] = text.split(" ");
  const socket = Number(id);
  if (what === "unsent") {
    const to = { ...gateway, host: forge ?? gateway.host };
    return { type: "unsent", socket, to, fault };
  }
  if (what === "astray") {
    const fault = { code: "EROUTE", message: "another line" };
    return { type: "unsent", socket, to: gateway, fault };
  }
  if (what === "bound") return { type: "bound", socket, port: 40000 + socket };
  const from = { ...gateway, ...forged[forge ?? ""] };
  if (what === "icmp") {
    const notice = { code: "EHOSTUNREACH", by: "192.0.2.254", to: from };
    return { type: "icmp", socket, notice };
  }
  if (id === "one") return { type: "uplinks", fault: null };
  if (id === "several") return { type: "uplinks", fault };
  if (id === "decoy") {
    return { type: "decoy", from, bytes: new TextEncoder().encode(what![0]) };
  }
  const bytes = new TextEncoder().encode(what!.slice(0, 1));
  return { type: "datagram", socket, from, bytes };
}

interface Row {
  what: string;
  happenings: Happening[];
  /** What it does, with commas between. */
  lines: string;
  change?: Partial<DatagramOrder>;
  late?: typeof lateDeath;
}

/** All that a cycle does from a first death reply after 5 ms on, until it only listens. */
const confirmation = "0 send 0, 5 confirm, 405 send 1, 805 send 2, " +
  "1205 send 3, 1605 send 4, 2005 send 5";

/** Deaths on sockets 1 to 5, a ms after each has asked. */
const deaths: Happening[] = [1, 2, 3, 4, 5].map((socket) => [
  6 + 400 * socket,
  `${socket} dead`,
]);

const rows: Row[] = [
  {
    what: "an echo ends it at once",
    happenings: [[7, "0 alive"]],
    lines: "0 send 0, 7 alive",
  },
  {
    what: "silence: each wait is half as long again",
    happenings: [],
    lines: "0 send 0, 1000 send 0, 2500 send 0, 4750 silent",
  },
  {
    what: "a reply is heard to the end of the last wait",
    happenings: [[4749, "0 alive"]],
    lines: "0 send 0, 1000 send 0, 2500 send 0, 4749 alive",
  },
  {
    what: "junk does not end the wait, and makes silence garbled",
    happenings: [[1, "0 junk"], [2, "0 uid"]],
    lines: "0 send 0, 1000 send 0, 2500 send 0, 4750 garbled",
  },
  {
    what: "a flawed UID alone makes it garbled, too",
    change: { tries: 1 },
    happenings: [[1, "0 uid"]],
    lines: "0 send 0, 1000 garbled",
  },
  {
    what: "a flawed tail alone makes it garbled",
    change: { tries: 1 },
    happenings: [[1, "0 tail"]],
    lines: "0 send 0, 1000 garbled",
  },
  {
    what: "who could not be asked has nothing to answer",
    change: { tries: 2, targets: [gateway, { ...gateway, host: "192.0.2.2" }] },
    happenings: [[0, "0 unsent"], [1, "0 alive"]],
    lines: "0 send 0, 1000 send 0 192.0.2.2, 2500 silent",
  },
  {
    what: "who was asked twice, once in vain, is heard",
    change: { tries: 2 },
    happenings: [[0, "0 unsent"], [1001, "0 alive"]],
    lines: "0 send 0, 1000 send 0, 1001 alive",
  },
  {
    what: "junk first, then an echo",
    happenings: [[1, "0 junk"], [2, "0 alive"]],
    lines: "0 send 0, 2 alive",
  },
  {
    what: "a foreign host or port is never believed, not even that it answers",
    happenings: [[1, "0 alive host"], [2, "0 dead port"], [3, "0 junk port"]],
    lines: "0 send 0, 1000 send 0, 2500 send 0, 4750 silent",
  },
  {
    what:
      "a death is confirmed by all requests that are left, each from a fresh socket, spread over dead_after",
    happenings: [[5, "0 dead"], ...deaths],
    lines: `${confirmation}, 3005 dead`,
  },
  {
    what:
      "a dead session behind a known round trip is told as quickly when each request is answered",
    change: { smoothedRtt: 2500 },
    happenings: [[5, "0 dead"], ...deaths],
    lines: `${confirmation}, 3005 dead`,
  },
  {
    what: "an echo wins on the first socket",
    happenings: [[5, "0 dead"], [6, "0 alive"]],
    lines: "0 send 0, 5 confirm, 6 alive",
  },
  {
    what: "… on a fresh one",
    happenings: [[5, "0 dead"], [409, "1 alive"]],
    lines: "0 send 0, 5 confirm, 405 send 1, 409 alive",
  },
  {
    what: "… against any number of deaths, up to the end of the last wait",
    happenings: [[5, "0 dead"], ...deaths, [3004, "0 alive"]],
    lines: `${confirmation}, 3004 alive`,
  },
  {
    what:
      "requests without an answer are waited for: a whole series where no round trip is known",
    happenings: [[5, "0 dead"], [406, "1 dead"]],
    lines: `${confirmation}, 6755 dead`,
  },
  {
    what: "… one and a half round trips where it is",
    change: { smoothedRtt: 1500 },
    happenings: [[5, "0 dead"], [406, "1 dead"]],
    lines: `${confirmation}, 4255 dead`,
  },
  {
    what: "… at least a timeout",
    change: { smoothedRtt: 1 },
    happenings: [[5, "0 dead"], [406, "1 dead"]],
    lines: `${confirmation}, 3005 dead`,
  },
  {
    what: "the wait is over as soon as the last request is answered",
    happenings: [[5, "0 dead"], ...deaths.slice(0, 4), [4000, "5 dead"]],
    lines: `${confirmation}, 4000 dead`,
  },
  {
    what: "no round trip makes a cycle longer than its budget",
    change: { smoothedRtt: 60_000 },
    happenings: [[5, "0 dead"], [406, "1 dead"]],
    lines: `${confirmation}, 17250 dead`,
  },
  {
    what: "one death reply alone is silent",
    happenings: [[1, "0 junk"], [5, "0 dead"], [406, "1 junk"]],
    lines: `${confirmation}, 6755 silent`,
  },
  {
    what: "a socket can't confirm its own death reply",
    happenings: [[5, "0 dead"], [6, "0 dead"]],
    lines: `${confirmation}, 6755 silent`,
  },
  {
    what: "a doubled death reply is the network's doing, and no quiet one",
    happenings: [[5, "0 dead"], [6, "0 dead"], ...deaths],
    lines: `${confirmation}, 6755 dead`,
  },
  {
    what: "more than twice as many as were asked for are forged",
    happenings: [[5, "0 dead"], [6, "0 dead"], ...deaths, [2500, "0 dead"]],
    lines: `${confirmation}, 6755 silent`,
  },
  {
    what: "death replies that don't take alike are no witnesses",
    happenings: [[5, "0 dead"], [1200, "1 dead"]],
    lines: `${confirmation}, 6755 silent`,
  },
  {
    what: "… and speak against those that do",
    happenings: [[5, "0 dead"], [406, "1 dead"], [1500, "2 dead"]],
    lines: `${confirmation}, 6755 silent`,
  },
  {
    what: "a slow gateway may take a little longer, or less",
    change: { smoothedRtt: 1500 },
    happenings: [[900, "0 dead"], [2600, "1 dead"], [2700, "2 dead"]],
    lines: "0 send 0, 900 confirm, 1300 send 1, 1700 send 2, 2100 send 3, " +
      "2500 send 4, 2900 send 5, 5150 dead",
  },
  {
    what: "a second death reply that comes much later is no doubled one",
    happenings: [[5, "0 dead"], ...deaths, [2900, "1 dead"]],
    lines: `${confirmation}, 6755 silent`,
  },
  {
    what: "one death reply at a decoy makes all of them forged",
    happenings: [[5, "0 dead"], ...deaths, [3004, "decoy dead"]],
    lines: `${confirmation}, 6755 silent`,
  },
  {
    what: "… but not an echo",
    happenings: [[5, "0 dead"], [6, "decoy dead"], [900, "2 alive"]],
    lines: "0 send 0, 5 confirm, 405 send 1, 805 send 2, 900 alive",
  },
  {
    what: "junk and other people's datagrams at a decoy mean nothing",
    happenings: [
      [5, "0 dead"],
      [6, "decoy junk"],
      [7, "decoy alive"],
      [8, "decoy dead host"],
      ...deaths,
    ],
    lines: `${confirmation}, 3005 dead`,
  },
  {
    what: "what is left after several tries is spread as well",
    happenings: [[2600, "0 dead"], [3300, "1 dead"], [4650, "3 dead"]],
    lines: "0 send 0, 1000 send 0, 2500 send 0, 2600 confirm, " +
      "3266.6666666666665 send 1, 3933.333333333333 send 2, " +
      "4600 send 3, 9350 dead",
  },
  {
    what: "a death reply that comes to a later try says the same",
    happenings: [[1500, "0 dead"], [1501, "0 dead"], [2501, "1 dead"]],
    lines: "0 send 0, 1000 send 0, 1500 confirm, 2000 send 1, 2500 send 2, " +
      "3000 send 3, 3500 send 4, 8250 dead",
  },
  {
    what: "without dead_after all is asked at once",
    change: { deadAfter: 0, tries: 1 },
    happenings: [[5, "0 dead"], [6, "1 dead"]],
    lines: "0 send 0, 5 confirm, 5 send 1, 1005 dead",
  },
  {
    what: "confirm 1 asks on, too",
    change: { confirm: 1 },
    happenings: [[5, "0 dead"], [1006, "1 dead"], [2006, "2 dead"]],
    lines: "0 send 0, 5 confirm, 1005 send 1, 2005 send 2, 3005 dead",
  },
  {
    what: "confirm 1 with one try has nothing left to ask",
    change: { confirm: 1, tries: 1 },
    happenings: [[5, "0 dead"]],
    lines: "0 send 0, 5 confirm, 1005 dead",
  },
  {
    what: "confirm 3 needs three sockets",
    change: { confirm: 3, tries: 1 },
    happenings: [[5, "0 dead"], [1006, "1 dead"]],
    lines: "0 send 0, 5 confirm, 1005 send 1, 2005 send 2, 3005 silent",
  },
  {
    what: "requests that can't be sent confirm nothing",
    change: { tries: 1 },
    happenings: [[5, "0 dead"], [2005, "1 unsent"]],
    lines: "0 send 0, 5 confirm, 2005 send 1, 3005 silent",
  },
  {
    what: "confirming goes on when the first request could not be sent again",
    happenings: [[5, "0 dead"], [406, "1 unsent"], ...deaths.slice(1)],
    lines: `${confirmation}, 3005 dead`,
  },
  {
    what: "where a death may be another line's nothing more is asked",
    happenings: [[5, "0 dead"], [9, "several lines"]],
    lines: "0 send 0, 5 confirm, 9 silent",
  },
  {
    what: "a death waits for the word that there is one line",
    happenings: [[5, "0 dead"], ...deaths, [4000, "one line"]],
    lines: `${confirmation}, 4000 dead`,
  },
  {
    what: "… and an echo wins meanwhile",
    happenings: [[5, "0 dead"], ...deaths, [4000, "0 alive"], [
      5000,
      "one line",
    ]],
    lines: `${confirmation}, 4000 alive`,
  },
  {
    what: "… but not for ever",
    happenings: [[5, "0 dead"], ...deaths, [9000, "one line"]],
    lines: `${confirmation}, 8005 silent`,
  },
  {
    what: "no death counts where a try would have left by another line",
    happenings: [[5, "0 dead"], [406, "1 astray"], ...deaths.slice(1)],
    lines: `${confirmation}, 3005 silent`,
  },
  {
    what: "an address that may answer for the target is heard",
    change: { replyFrom: ["192.0.2.2"] },
    happenings: [[5, "0 alive other"]],
    lines: "0 send 0, 5 alive",
  },
  {
    what: "… and no other one, nor from another port",
    change: { replyFrom: ["192.0.2.2"], tries: 1 },
    happenings: [[5, "0 alive host"], [6, "0 alive port"]],
    lines: "0 send 0, 1000 silent",
  },
  {
    what: "a death of an address that the name has no more starts nothing",
    change: { doubtful: gateway.host, tries: 1 },
    happenings: [[5, "0 dead"]],
    lines: "0 send 0, 1000 silent",
  },
  {
    what: "… and its echo proves life",
    change: { doubtful: gateway.host },
    happenings: [[5, "0 dead"], [6, "0 alive"]],
    lines: "0 send 0, 6 alive",
  },
  {
    what: "a late death is confirmed, and counts",
    late: lateDeath,
    happenings: [[401, "1 dead"], [801, "2 dead"]],
    lines: "0 send 0, 0 confirm, 400 send 1, 800 send 2, 1200 send 3, " +
      "1600 send 4, 2000 send 5, 11000 dead",
  },
  {
    what: "a late death during a cycle is confirmed by it",
    happenings: [[5, "late"], ...deaths, [2006, "0 dead"]],
    lines: `${confirmation}, 3005 dead`,
  },
  {
    what: "… unless that may not be",
    change: { mayConfirm: false, tries: 1 },
    happenings: [[5, "late"]],
    lines: "0 send 0, 1000 silent",
  },
  {
    what: "a death that may not be confirmed now does not end the tries",
    change: { mayConfirm: false },
    happenings: [[5, "0 dead"], [6, "0 dead"]],
    lines: "0 send 0, 1000 send 0, 2500 send 0, 4750 silent",
  },
  {
    what: "a try that can't be sent is a try, without a wait after the last",
    happenings: [[1, "0 unsent"], [1001, "0 unsent"], [2501, "0 unsent"]],
    lines: "0 send 0, 1000 send 0, 2500 send 0, 2501 unsendable",
  },
  {
    what: "one that was sent makes it silent",
    happenings: [[1, "0 unsent"], [2501, "0 unsent"]],
    lines: "0 send 0, 1000 send 0, 2500 send 0, 2501 silent",
  },
  {
    what: "tries go round the addresses",
    change: {
      tries: 4,
      targets: [gateway, { host: "192.0.2.2", port: 3335 }],
    },
    happenings: [],
    lines: "0 send 0, 1000 send 0 192.0.2.2, 2500 send 0, " +
      "4750 send 0 192.0.2.2, 8125 silent",
  },
  {
    what: "each family has a socket of its own",
    change: { targets: [{ host: "2001:db8::1", port: 3335 }, gateway] },
    happenings: [[1001, "1 alive"]],
    lines: "0 send 0 2001:db8::1, 1000 send 1, 1001 alive",
  },
  {
    what: "… which its further tries leave from",
    change: { targets: [{ host: "2001:db8::1", port: 3335 }, gateway] },
    happenings: [],
    lines: "0 send 0 2001:db8::1, 1000 send 1, 2500 send 0 2001:db8::1, " +
      "4750 silent",
  },
  {
    what: "an address that nothing was sent to yet is foreign",
    change: { tries: 1, targets: [{ host: "192.0.2.2", port: 3335 }, gateway] },
    happenings: [[5, "0 alive"]],
    lines: "0 send 0 192.0.2.2, 1000 silent",
  },
];

for (const { what, happenings, lines, change, late } of rows) {
  Deno.test(`advanceCycle() ${what}`, () => {
    assertEquals(play(happenings, change, late).lines.join(", "), lines);
  });
}

Deno.test("advanceCycle() counts by reason what it discards", () => {
  const { cycle } = play([
    [1, "0 alive host"],
    [2, "0 uid"],
    [3, "0 junk"],
    [4, "0 junk"],
    [5, "0 dead"],
    [6, "0 dead"],
    [7, "0 dead"],
    [8, "decoy dead"],
    [9, "0 alive"],
  ]);
  assertEquals(cycle.result?.reasons, {
    source: 1,
    uid: 1,
    length: 2,
    duplicate: 2,
    forged: 2,
  });
});

Deno.test("advanceCycle() tells about the socket and the address that answered", () => {
  const { cycle } = play([
    [0, "0 bound"],
    [1000, "0 unsent"],
    [1205, "0 dead"],
    [1706, "1 bound"],
    [1755, "1 alive"],
  ]);
  assertEquals(cycle.result, {
    verdict: "alive",
    address: gateway,
    rtt: 49,
    answerTime: 1755,
    tries: 2,
    localPort: 40001,
    deadReplies: 1,
    reasons: {},
    fault,
  });
});

Deno.test("advanceCycle() knows a round trip only where one try had been made (Karn)", () => {
  const rows: [Happening[], rtt: number | null, answerTime: number | null][] = [
    [[[7, "0 alive"]], 7, 7],
    // Which of two tries was answered nobody knows.
    [[[1005, "0 alive"]], null, 1005],
    // One that did not leave was made all the same.
    [[[0, "0 unsent"], [1005, "0 alive"]], null, 1005],
    [[[1000, "0 unsent"], [1005, "0 alive"]], null, 1005],
    // Another socket begins anew.
    [[[5, "0 dead"], [409, "1 alive"]], 4, 409],
    [[[5, "0 dead"], [9, "0 alive"]], 9, 9],
    [[[1505, "0 dead"], [2010, "1 alive"]], 5, 2010],
    [[], null, null],
  ];
  for (const [happenings, ...wanted] of rows) {
    const { rtt, answerTime } = play(happenings).cycle.result!;
    assertEquals([rtt, answerTime], wanted, JSON.stringify(happenings));
  }
});

Deno.test("advanceCycle() tells where it sent to last if nothing answered", () => {
  const { cycle } = play([[0, "0 bound"]]);
  const { address, rtt, tries, localPort } = cycle.result!;
  assertEquals([address, rtt, tries, localPort], [gateway, null, 3, 40000]);
});

Deno.test("advanceCycle() changes nothing once a cycle is over", () => {
  const { cycle } = play([[7, "0 alive"]]);
  for (const what of ["0 dead", "0 unsent", "0 bound", "0 junk"]) {
    assertEquals(advanceCycle(cycle, parse(what), momentAt(8)), [cycle, []]);
  }
});

Deno.test("cycleBudget() is the longest that a cycle can take", () => {
  assertEquals(cycleBudget(plan), 3 * 4750 + 2000 + 1000);
  const { lines } = play([[4749, "0 dead"], [8998, "3 dead"]]);
  assertEquals(lines.at(-1), "11499 dead");
});

Deno.test("advanceCycle() tells of all death replies that a death rests on", () => {
  const { cycle } = play([[401, "1 dead"], [801, "2 dead"]], {}, lateDeath);
  assertEquals([cycle.result?.verdict, cycle.result?.deadReplies], ["dead", 3]);
});

Deno.test("advanceCycle() leaves a cycle without a confirmation alone when a decoy is hit", () => {
  const { cycle } = play([[1, "decoy dead"], [2, "0 alive"]]);
  assertEquals(cycle.result?.reasons, { forged: 1 });
});

Deno.test("a protocol that says which try was answered says which ones were lost", () => {
  const rows: [answers: number | undefined, found: Partial<CycleResult>][] = [
    [undefined, { rtt: null }],
    [0, { rtt: 1_600, lost: 0, oneWay: { there: 1_000, back: 500 } }],
    [1, { rtt: 600, lost: 1, oneWay: { there: 0, back: 500 } }],
  ];
  for (const [answers, found] of rows) {
    const result = answered(answers, { sinceArrival: 600, sinceReply: 500 });
    const { rtt, lost, tries, oneWay } = result;
    const unknown = { lost: undefined, oneWay: undefined };
    assertEquals({ rtt, lost, tries, oneWay }, {
      rtt: null,
      ...unknown,
      ...found,
      tries: 2,
    });
  }
});

Deno.test("nothing is under way for less than no time", () => {
  const rows: [sinceArrival: number, sinceReply: number][] = [
    [601, 500],
    [-1, -2],
  ];
  for (const [sinceArrival, sinceReply] of rows) {
    assertEquals(answered(1, { sinceArrival, sinceReply }).oneWay, undefined);
  }
});

/** The result of a cycle whose second try, after 1,000 ms, is answered 600 ms later; `answers` says which one that is about. */
function answered(
  answers: number | undefined,
  peerTimes: PeerTimes,
): CycleResult {
  const judge: Heartbeat["judge"] = (_bytes, _requests, wallTime) => ({
    reply: "alive",
    ...answers !== undefined && { answers },
    ...wallTime === 0 && { peerTimes },
  });
  const { cycle } = play([[1_600, "0 alive"]], {
    heartbeat: { ...heartbeat, judge },
  });
  return cycle.result!;
}

Deno.test("advanceCycle() keeps what ICMP says of its requests as a note, and goes on", () => {
  const rows: [happenings: Happening[], lines: string, note?: string][] = [
    [
      [[5, "0 icmp"]],
      "0 send 0, 1000 send 0, 2500 send 0, 4750 silent",
      "192.0.2.254 says: host unreachable",
    ],
    // Nothing was sent there.
    [
      [[5, "0 icmp host"], [6, "7 icmp"]],
      "0 send 0, 1000 send 0, 2500 send 0, 4750 silent",
    ],
    [[[5, "0 icmp"], [9, "0 alive"]], "0 send 0, 9 alive"],
  ];
  for (const [happenings, wanted, note] of rows) {
    const { lines, cycle } = play(happenings);
    assertEquals(lines.join(", "), wanted);
    assertEquals(cycle.result?.note, note);
  }
});
