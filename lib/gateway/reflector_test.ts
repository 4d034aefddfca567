import { assert, assertEquals } from "@std/assert";
import { stamp } from "../protocol/stamp.ts";
import { writeTime } from "../protocol/stamp_packet.ts";
import { seededRandom } from "../random.ts";
import { createFakeNetwork } from "../testing/fake_network.ts";
import { createVirtualClock } from "../testing/virtual_clock.ts";
import { isFault } from "../world.ts";
import { noFaults } from "./faults.ts";
import {
  openReflector,
  type Reflection,
  Reflector,
  type ReflectorRules,
} from "./reflector.ts";

const key = Uint8Array.from({ length: 32 }, (_, at) => at);

const rules: ReflectorRules = {
  key,
  maxAge: 60_000,
  limit: 100,
  random: () => 0.5,
};

const wallTime = Date.UTC(2026, 10, 27);
const source = "192.0.2.7";

function heartbeatOf(key: Uint8Array | null) {
  const setup = { identity: "", host: source, port: 862, path: "", values: {} };
  return stamp.open({ ...setup, files: key === null ? {} : { keyFile: key } });
}

function requestOf(key: Uint8Array | null, change: { wallTime?: number } = {}) {
  const occasion = { wallTime, attempt: 3, random: 0.5, ...change };
  return heartbeatOf(key).request(occasion);
}

/** A reflector whose clock says `wallTime`, and 1 ms more each time. */
function reflectorWith(change: Partial<ReflectorRules> = {}, now = () => 0) {
  let time = wallTime;
  return new Reflector({ ...rules, ...change }, {
    now,
    wallTime: () => time++,
  });
}

/** What a reflector makes of a request. */
function reflect(
  request: Uint8Array,
  change: Partial<ReflectorRules> = {},
): Uint8Array | Reflection {
  return reflectorWith(change).reflect(request, source);
}

Deno.test("reflect() answers what our side takes for alive, with both clocks in it", () => {
  for (const used of [key, null]) {
    const request = requestOf(used, { wallTime: wallTime - 2 });
    const reply = reflect(request, { key: used });
    assert(typeof reply !== "string");
    assertEquals(reply.length, request.length);
    const judgement = heartbeatOf(used).judge(reply, [request], wallTime + 4);
    assert("reply" in judgement);
    const { reply: said, answers, peerTimes } = judgement;
    assertEquals([said, answers], ["alive", 0]);
    assert(peerTimes !== undefined);
    const { sinceArrival, sinceReply } = peerTimes;
    assertEquals(
      [sinceArrival.toFixed(2), sinceReply.toFixed(2)],
      ["4.00", "3.00"],
    );
    // Its number, and no hops, as nobody tells how many are left.
    assertEquals([reply[3], reply[used === null ? 40 : 80]], [3, 255]);
  }
});

Deno.test("reflect() says nothing to strangers, and never answers an answer", () => {
  const good = requestOf(key);
  const change = (at: number, bytes = good) =>
    bytes.map((byte, place) => place === at ? byte ^ 1 : byte);
  const open = requestOf(null);
  const rows: [
    what: string,
    bytes: Uint8Array,
    wanted: Reflection,
    change?: Partial<ReflectorRules>,
  ][] = [
    ["nothing", new Uint8Array(), "length"],
    ["an open request", open, "length"],
    ["a byte less", good.subarray(0, 111), "length"],
    ["a request with another key", requestOf(key.map((it) => it ^ 1)), "mac"],
    ["another number", change(3), "mac"],
    ["another time", change(20), "mac"],
    ["another code", change(111), "mac"],
    ["an answer", reflect(good) as Uint8Array, "padding"],
    ["an open answer", reflect(open, { key: null }) as Uint8Array, "padding", {
      key: null,
    }],
    ["padding", change(43, open), "padding", { key: null }],
    ["an old one", requestOf(key, { wallTime: wallTime - 60_002 }), "stale"],
    [
      "one of the future",
      requestOf(key, { wallTime: wallTime + 60_002 }),
      "stale",
    ],
    ["an old open one", requestOf(null, { wallTime: 0 }), "stale", {
      key: null,
    }],
  ];
  for (const [what, bytes, wanted, change] of rows) {
    assertEquals(reflect(bytes, change), wanted, what);
  }
  const edge = requestOf(key, { wallTime: wallTime - 60_000 });
  assert(typeof reflect(edge) !== "string");
});

Deno.test("reflect() keeps the identifier of a session, and looks at no more than it has to", () => {
  // RFC 8972, section 3: it stands behind the error estimate.
  const request = Uint8Array.of(...requestOf(null), 1, 2, 3);
  request.set([0xab, 0xcd], 14);
  const reply = reflect(request, { key: null });
  assert(typeof reply !== "string");
  assertEquals([reply.length, ...reply.subarray(14, 16)], [44, 0xab, 0xcd]);
});

Deno.test("reflect() takes times of PTP, and those after 2036", () => {
  const ptp = requestOf(null);
  const view = new DataView(ptp.buffer);
  view.setUint32(4, wallTime / 1_000);
  view.setUint32(8, 1_000);
  view.setUint16(12, 0xc001);
  assert(typeof reflect(ptp, { key: null }) !== "string");

  const later = Date.UTC(2040, 0, 1);
  const clock = { now: () => 0, wallTime: () => later };
  const reflector = new Reflector({ ...rules, key: null }, clock);
  const request = requestOf(null, { wallTime: later - 1_000 });
  assert(typeof reflector.reflect(request, source) !== "string");
  writeTime(new DataView(request.buffer), 4, later - 61_000);
  assertEquals(reflector.reflect(request, source), "stale");
});

Deno.test("reflect() gives each source its share of a second, which strangers can't use up", () => {
  let now = 0;
  const reflector = reflectorWith({ limit: 2 }, () => now);
  const ask = (bytes = requestOf(key)) => {
    const answer = reflector.reflect(bytes, source);
    return typeof answer === "string" ? answer : "alive";
  };
  const stranger = requestOf(key.map((it) => it ^ 1));
  for (let n = 0; n < 1_000; n++) assertEquals(ask(stranger), "mac");
  assertEquals([ask(), ask(), ask()], ["alive", "alive", "limit"]);
  now = 1_000;
  assertEquals(ask(), "alive");
});

Deno.test("reflect() answers no noise, whatever its length", () => {
  const random = seededRandom(1);
  for (const used of [key, null]) {
    const reflector = reflectorWith({ key: used });
    for (let n = 0; n < 5_000; n++) {
      const length = Math.floor(random() * 130);
      const noise = Uint8Array.from({ length }, () => random() * 256);
      assert(typeof reflector.reflect(noise, source) === "string");
    }
  }
});

Deno.test("openReflector() answers who asked, later or never as its faults say", () => {
  const client = { host: source, port: 40312 };
  const rows: [
    faults: Partial<typeof noFaults>,
    actions: Reflection[],
    sentAt: number[],
  ][] = [
    [{}, ["alive", "alive"], [0, 0]],
    [{ delay: 7 }, ["alive", "alive"], [7, 7]],
    [{ delay: 7, jitter: 4 }, ["alive", "alive"], [9, 9]],
    [{ loss: 1 }, ["request_lost", "request_lost"], []],
  ];
  for (const [faults, actions, sentAt] of rows) {
    const clock = createVirtualClock();
    const network = createFakeNetwork({
      clock,
      random: () => 0,
      respond: () => [],
    });
    const seen: Reflection[] = [];
    const reflector = openReflector({
      ...rules,
      listen: { host: "192.0.2.1", port: 862 },
      faults: { ...noFaults, ...faults },
      onEvent(from, action) {
        assertEquals(from, client);
        seen.push(action);
      },
    }, { clock, datagrams: network });
    assert(!isFault(reflector));
    assertEquals(reflector.address, { host: "192.0.2.1", port: 862 });
    for (let n = 0; n < 2; n++) {
      const request = requestOf(key, { wallTime: clock.wallTime() });
      network.deliver(862, request, client);
    }
    clock.runUntil(100);
    assertEquals(seen, actions);
    assertEquals(
      network.requests.map(({ at, to, port }) => [at, to, port]),
      sentAt.map((at) => [at, client, 862]),
    );
  }
});
