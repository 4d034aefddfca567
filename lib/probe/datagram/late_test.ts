import { assertEquals } from "@std/assert";
import type { Order } from "../probe.ts";
import { encodeReply, srunHeartbeat } from "../../protocol/srun.ts";
import { type Aftermath, forget, hearLate, type Lingering } from "./late.ts";

const order: Order = {
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

/** A cycle that is over, with these sockets. */
function cycle(...ids: readonly number[]): Lingering {
  return {
    order,
    sockets: ids.map((id) => ({
      id,
      family: "4",
      port: 40_000 + id,
      asked: [],
      tries: 0,
      since: 0,
      answer: null,
      deaths: 0,
      deathAt: null,
    })),
    until: 10_000,
  };
}

Deno.test("forget() leaves nothing of a cycle whose sockets are all closed", () => {
  let aftermath: Aftermath = {
    lingering: [cycle(0, 1), cycle(2)],
    strays: { late: 1 },
  };
  const rows: [closed: number, left: number[][]][] = [
    [7, [[0, 1], [2]]],
    [0, [[1], [2]]],
    [2, [[1]]],
    [1, []],
  ];
  for (const [closed, left] of rows) {
    aftermath = forget(aftermath, closed);
    const ids = aftermath.lingering.map(({ sockets }) =>
      sockets.map(({ id }) => id)
    );
    assertEquals(ids, left, `${closed}`);
  }
  assertEquals(aftermath.strays, { late: 1 });
});

Deno.test("hearLate() knows a round trip only where one try had been made (Karn)", () => {
  const from = { host: "192.0.2.1", port: 3335 };
  const asked = { to: from, bytes: new Uint8Array(), at: 0 };
  const { sockets: [socket], until } = cycle(0);
  const lingering = {
    order,
    until,
    sockets: [
      { ...socket!, asked: [asked, asked], tries: 2, since: 1_000 },
      { ...socket!, id: 1, asked: [asked], tries: 1, since: 3_000 },
    ],
  };
  const rows: [socket: number, rtt: number | null][] = [[0, null], [1, 4_000]];
  for (const [socket, rtt] of rows) {
    const aftermath = { lingering: [lingering], strays: {} };
    const event = { socket, from, bytes: encodeReply(77n), now: 7_000 };
    const [, late] = hearLate(aftermath, event);
    assertEquals([late?.rtt, late?.answerTime], [rtt, 6_000]);
  }
});
