import { assertEquals } from "@std/assert";
import type { Heartbeat } from "../protocol/heartbeat.ts";
import type { Endpoint } from "../world.ts";
import {
  advanceCycle,
  beginCycle,
  type Cycle,
  cycleBudget,
  type CycleEvent,
  type CyclePlan,
  type Send,
  waits,
} from "./cycle.ts";

/** A protocol for tests: one byte, `a` and `d` are replies, all else is flawed. */
const heartbeat: Heartbeat = {
  request: new Uint8Array([1]),
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

const plan: CyclePlan = {
  heartbeat,
  targets: [gateway],
  timeout: 1000,
  tries: 3,
  confirm: 2,
  mayConfirm: true,
  rtt: null,
};

/** `[ms, what]`: "0 alive" arrives at socket 0, "1 unsent" says that its try failed. */
type Happening = [at: number, what: string];

/** Plays a cycle through to its end; returns what it did as lines, and the cycle. */
function play(
  happenings: Happening[],
  change: Partial<CyclePlan> = {},
  earlierDeaths = 0,
): { lines: string[]; cycle: Cycle } {
  const lines: string[] = [];
  const todo = [...happenings];
  let now = 0;
  let [cycle, sends] = beginCycle({ ...plan, ...change }, {
    now,
    firstSocket: 0,
    earlierDeaths,
  });
  write(sends);
  while (cycle.result === null) {
    const [at, what] = todo[0] ?? [Infinity, ""];
    now = Math.min(at, cycle.deadline);
    if (now === at) todo.shift();
    const event = now === at ? parse(what) : { type: "time" as const };
    [cycle, sends] = advanceCycle(cycle, event, now);
    write(sends);
  }
  lines.push(`${now} ${cycle.result.verdict}`);
  return { lines, cycle };

  function write(sends: Send[]): void {
    for (const { socket, to } of sends) {
      const where = to.host === gateway.host ? "" : ` ${to.host}`;
      lines.push(`${now} send ${socket}${where}`);
    }
  }
}

const forged: Record<string, Partial<Endpoint>> = {
  host: { host: "192.0.2.66" },
  port: { port: 53 },
};

/** Reads `SOCKET WORD [FORGED]`. */
function parse(text: string): CycleEvent {
  const [id, what, forge] = text.split(" ");
  const socket = Number(id);
  if (what === "unsent") {
    const to = { ...gateway, host: forge ?? gateway.host };
    return { type: "unsent", socket, to, fault };
  }
  if (what === "bound") return { type: "bound", socket, port: 40000 + socket };
  const from = { ...gateway, ...forged[forge ?? ""] };
  const bytes = new TextEncoder().encode(what!.slice(0, 1));
  return { type: "datagram", socket, from, bytes };
}

interface Row {
  what: string;
  happenings: Happening[];
  lines: string[];
  change?: Partial<CyclePlan>;
  earlierDeaths?: number;
}

const rows: Row[] = [
  {
    what: "an echo ends it at once",
    happenings: [[7, "0 alive"]],
    lines: ["0 send 0", "7 alive"],
  },
  {
    what: "silence: each wait is half as long again",
    happenings: [],
    lines: ["0 send 0", "1000 send 0", "2500 send 0", "4750 silent"],
  },
  {
    what: "a reply is heard to the end of the last wait",
    happenings: [[4749, "0 alive"]],
    lines: ["0 send 0", "1000 send 0", "2500 send 0", "4749 alive"],
  },
  {
    what: "junk does not end the wait, and makes silence garbled",
    happenings: [[1, "0 junk"], [2, "0 uid"]],
    lines: ["0 send 0", "1000 send 0", "2500 send 0", "4750 garbled"],
  },
  {
    what: "a flawed UID alone makes it garbled, too",
    change: { tries: 1 },
    happenings: [[1, "0 uid"]],
    lines: ["0 send 0", "1000 garbled"],
  },
  {
    what: "a flawed tail alone makes it garbled",
    change: { tries: 1 },
    happenings: [[1, "0 tail"]],
    lines: ["0 send 0", "1000 garbled"],
  },
  {
    what: "a fault of a series that is over does not end the next one",
    change: { tries: 1 },
    happenings: [[5, "0 dead"], [6, "0 unsent"], [9, "1 alive"]],
    lines: ["0 send 0", "5 send 1", "9 alive"],
  },
  {
    what: "a fault does not end the last wait",
    change: { tries: 1 },
    happenings: [[5, "0 dead"], [6, "1 dead"], [7, "1 unsent"]],
    lines: ["0 send 0", "5 send 1", "1006 dead"],
  },
  {
    what: "who could not be asked has nothing to answer",
    change: { tries: 2, targets: [gateway, { ...gateway, host: "192.0.2.2" }] },
    happenings: [[0, "0 unsent"], [1, "0 alive"]],
    lines: ["0 send 0", "1000 send 0 192.0.2.2", "2500 silent"],
  },
  {
    what: "who was asked twice, once in vain, is heard",
    change: { tries: 2 },
    happenings: [[0, "0 unsent"], [1001, "0 alive"]],
    lines: ["0 send 0", "1000 send 0", "1001 alive"],
  },
  {
    what: "a death that is not confirmed is silent, junk or not",
    change: { tries: 1 },
    happenings: [[1, "0 junk"], [5, "0 dead"], [6, "1 junk"]],
    lines: ["0 send 0", "5 send 1", "1005 silent"],
  },
  {
    what: "junk first, then an echo",
    happenings: [[1, "0 junk"], [2, "0 alive"]],
    lines: ["0 send 0", "2 alive"],
  },
  {
    what: "a foreign host or port is never believed, not even that it answers",
    happenings: [[1, "0 alive host"], [2, "0 dead port"], [3, "0 junk port"]],
    lines: ["0 send 0", "1000 send 0", "2500 send 0", "4750 silent"],
  },
  {
    what: "a gateway that is slow gets its round trip and a half to prove life",
    change: { rtt: 1500 },
    happenings: [[5, "0 dead"], [9, "1 dead"], [1500, "0 alive"]],
    lines: ["0 send 0", "5 send 1", "1500 alive"],
  },
  {
    what: "a dead session at a slow gateway is waited for no longer than that",
    change: { rtt: 1500 },
    happenings: [[5, "0 dead"], [9, "1 dead"]],
    lines: ["0 send 0", "5 send 1", "2259 dead"],
  },
  {
    what: "no round trip makes the last wait longer than a series of tries",
    change: { rtt: 60_000 },
    happenings: [[5, "0 dead"], [9, "1 dead"]],
    lines: ["0 send 0", "5 send 1", "4759 dead"],
  },
  {
    what: "no round trip makes a cycle longer than its budget",
    change: { rtt: 60_000 },
    happenings: [[4700, "0 dead"], [9000, "1 dead"]],
    lines: [
      "0 send 0",
      "1000 send 0",
      "2500 send 0",
      "4700 send 1",
      "5700 send 1",
      "7200 send 1",
      "10500 dead",
    ],
  },
  {
    what: "a death is confirmed on a fresh socket, and counts a timeout later",
    happenings: [[5, "0 dead"], [9, "1 dead"]],
    lines: ["0 send 0", "5 send 1", "1009 dead"],
  },
  {
    what: "a death that is not confirmed is silent, after a full series",
    happenings: [[5, "0 dead"]],
    lines: [
      "0 send 0",
      "5 send 1",
      "1005 send 1",
      "2505 send 1",
      "4755 silent",
    ],
  },
  {
    what: "the same socket can't confirm its own death reply",
    happenings: [[5, "0 dead"], [6, "0 dead"], [7, "0 dead"]],
    lines: [
      "0 send 0",
      "5 send 1",
      "1005 send 1",
      "2505 send 1",
      "4755 silent",
    ],
  },
  {
    what: "an echo beats a death: on the same socket",
    happenings: [[5, "0 dead"], [6, "0 alive"]],
    lines: ["0 send 0", "5 send 1", "6 alive"],
  },
  {
    what: "… on the confirming one",
    happenings: [[5, "0 dead"], [9, "1 alive"]],
    lines: ["0 send 0", "5 send 1", "9 alive"],
  },
  {
    what: "… and up to the end of the last wait",
    happenings: [[5, "0 dead"], [9, "1 dead"], [1008, "0 alive"]],
    lines: ["0 send 0", "5 send 1", "1008 alive"],
  },
  {
    what: "confirm 1 believes the first, after a timeout",
    change: { confirm: 1 },
    happenings: [[5, "0 dead"]],
    lines: ["0 send 0", "1005 dead"],
  },
  {
    what: "confirm 3 asks on three sockets",
    change: { confirm: 3 },
    happenings: [[5, "0 dead"], [6, "1 dead"], [7, "2 dead"]],
    lines: ["0 send 0", "5 send 1", "6 send 2", "1007 dead"],
  },
  {
    what: "a death that may not be confirmed now does not end the tries",
    change: { mayConfirm: false },
    happenings: [[5, "0 dead"], [6, "0 dead"]],
    lines: ["0 send 0", "1000 send 0", "2500 send 0", "4750 silent"],
  },
  {
    what: "a death reply of an earlier cycle needs one more",
    change: { mayConfirm: false },
    earlierDeaths: 1,
    happenings: [[5, "0 dead"]],
    lines: ["0 send 0", "1005 dead"],
  },
  {
    what: "a try that can't be sent is a try, without a wait after the last",
    happenings: [[1, "0 unsent"], [1001, "0 unsent"], [2501, "0 unsent"]],
    lines: ["0 send 0", "1000 send 0", "2500 send 0", "2501 unsendable"],
  },
  {
    what: "one that was sent makes it silent",
    happenings: [[1, "0 unsent"], [2501, "0 unsent"]],
    lines: ["0 send 0", "1000 send 0", "2500 send 0", "2501 silent"],
  },
  {
    what: "a confirmation that can't be sent confirms nothing",
    change: { tries: 1 },
    happenings: [[5, "0 dead"], [5, "1 unsent"]],
    lines: ["0 send 0", "5 send 1", "5 silent"],
  },
  {
    what: "tries go round the addresses",
    change: {
      tries: 4,
      targets: [gateway, { host: "192.0.2.2", port: 3335 }],
    },
    happenings: [],
    lines: [
      "0 send 0",
      "1000 send 0 192.0.2.2",
      "2500 send 0",
      "4750 send 0 192.0.2.2",
      "8125 silent",
    ],
  },
  {
    what: "an address that nothing was sent to yet is foreign",
    change: { tries: 1, targets: [{ host: "192.0.2.2", port: 3335 }, gateway] },
    happenings: [[5, "0 alive"]],
    lines: ["0 send 0 192.0.2.2", "1000 silent"],
  },
];

for (const { what, happenings, lines, change, earlierDeaths } of rows) {
  Deno.test(`advanceCycle() ${what}`, () => {
    assertEquals(play(happenings, change, earlierDeaths).lines, lines);
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
    [7, "1 alive"],
  ]);
  assertEquals(cycle.result?.reasons, {
    source: 1,
    uid: 1,
    length: 2,
    duplicate: 1,
  });
});

Deno.test("advanceCycle() tells about the socket and the address that answered", () => {
  const { cycle } = play([
    [0, "0 bound"],
    [1000, "0 unsent"],
    [1205, "0 dead"],
    [1205, "1 bound"],
    [1255, "1 alive"],
  ]);
  assertEquals(cycle.result, {
    verdict: "alive",
    address: gateway,
    rtt: 50,
    tries: 2,
    localPort: 40001,
    deadReplies: 1,
    reasons: {},
    fault,
  });
});

Deno.test("advanceCycle() tells where it sent to last if nothing answered", () => {
  const { cycle } = play([[0, "0 bound"]]);
  const { address, rtt, tries, localPort } = cycle.result!;
  assertEquals([address, rtt, tries, localPort], [gateway, null, 3, 40000]);
});

Deno.test("advanceCycle() changes nothing once a cycle is over", () => {
  const { cycle } = play([[7, "0 alive"]]);
  for (const what of ["0 dead", "0 unsent", "0 bound", "0 junk"]) {
    assertEquals(advanceCycle(cycle, parse(what), 8), [cycle, []]);
  }
});

Deno.test("cycleBudget() is the longest that a cycle can take", () => {
  assertEquals(waits(1000, 3), [1000, 1500, 2250]);
  assertEquals(cycleBudget(plan), 2 * 4750 + 1000);
  const { lines } = play([[4749, "0 dead"], [9498, "1 dead"]]);
  assertEquals(lines.at(-1), "10498 dead");
});

Deno.test("advanceCycle() tells of all death replies that a death rests on", () => {
  const { cycle } = play([[5, "0 dead"]], {}, 1);
  assertEquals([cycle.result?.verdict, cycle.result?.deadReplies], ["dead", 2]);
  const unconfirmed = play([[5, "0 dead"]], { confirm: 3 }, 1);
  assertEquals(unconfirmed.cycle.result?.deadReplies, 1);
});
