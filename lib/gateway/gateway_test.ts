import { assert, assertEquals } from "@std/assert";
import { deadUid, encodeReply, encodeRequest } from "../protocol/srun.ts";
import { createFakeNetwork } from "../testing/fake_network.ts";
import { createVirtualClock } from "../testing/virtual_clock.ts";
import { type Endpoint, type Fault, isFault } from "../world.ts";
import { type Faults, noFaults } from "./faults.ts";
import { type Gateway, type GatewayOptions, openGateway } from "./gateway.ts";
import { immortal } from "./lifetime.ts";

const client: Endpoint = { host: "127.0.0.1", port: 40312 };
const noRoute: Fault = { code: "ENETUNREACH", message: "no route" };
const otherPort = 50000;

type Change = Partial<Omit<GatewayOptions, "faults">> & {
  faults?: Partial<Faults>;
};

const options: GatewayOptions = {
  listen: { host: "127.0.0.1", port: 3335 },
  uids: [],
  ...immortal,
  faults: noFaults,
  random: () => 0.5,
  onEvent() {},
};

/** A network whose free ports are these. */
function networkWith(
  nextPort: () => number | Fault,
  respond: () => [] | Fault = () => [],
) {
  const clock = createVirtualClock();
  const network = createFakeNetwork({
    clock,
    random: () => 0,
    respond,
    nextPort,
  });
  return { clock, network };
}

/** Opens a gateway at port 3335, and records as lines what it does. */
function setUp(
  { faults, ...change }: Change = {},
  respond?: () => [] | Fault,
) {
  const { clock, network } = networkWith(() => otherPort, respond);
  const events: string[] = [];
  const gateway = openGateway({
    ...options,
    faults: { ...noFaults, ...faults },
    onEvent({ client, uid, action }) {
      events.push(`${client.host}:${client.port} ${uid} ${action}`);
    },
    ...change,
  }, { clock, datagrams: network });
  assert(!isFault(gateway));
  return {
    clock,
    network,
    events,
    gateway: gateway as Gateway,
    /** What it makes of a request at a time in ms. */
    ask(uid: bigint, at = clock.now()): string {
      clock.runUntil(at);
      network.deliver(3335, encodeRequest(uid), client);
      return events.at(-1)!.split(" ").at(-1)!;
    },
    /** What it sent, as when, from which port and what. */
    sent: () =>
      network.requests.map(({ at, port, bytes }) => [at, port, bytes]),
  };
}

Deno.test("openGateway() echoes the UID to who asked, at once", () => {
  const { network, events, gateway } = setUp();
  const clients = [client, { host: "127.9.9.9", port: 1 }];
  const uids = [77n, -1n, 0n, 2n ** 63n - 1n, -(2n ** 63n)];
  for (const from of clients) {
    for (const uid of uids) network.deliver(3335, encodeRequest(uid), from);
  }
  assertEquals(gateway.address, { host: "127.0.0.1", port: 3335 });
  assertEquals(
    network.requests,
    clients.flatMap((to) =>
      uids.map((uid) => ({ at: 0, port: 3335, to, bytes: encodeReply(uid) }))
    ),
  );
  assertEquals(events[0], "127.0.0.1:40312 77 alive");
  assertEquals(events.at(-1), "127.9.9.9:1 -9223372036854775808 alive");
});

Deno.test("openGateway() chooses a port if it is told none", () => {
  const { address } = setUp({ listen: { host: "::1", port: 0 } }).gateway;
  assertEquals(address, { host: "::1", port: otherPort });
});

Deno.test("openGateway() answers nothing but requests", () => {
  const { network, events } = setUp();
  const lengths = [0, 1, 7, 9, 16, 1500, 65507];
  for (const length of lengths) {
    network.deliver(3335, new Uint8Array(length), client);
  }
  assertEquals(network.requests, []);
  assertEquals(events, lengths.map(() => "127.0.0.1:40312 null invalid"));
});

Deno.test("openGateway() hears nothing at the port that it forges from", () => {
  const { network, events } = setUp();
  network.deliver(otherPort, encodeRequest(77n), client);
  assertEquals([events, network.requests], [[], []]);
});

Deno.test("openGateway() lets sessions live and die", () => {
  const rows: [
    what: string,
    change: Change,
    asked: [uid: bigint, at: number, action: string][],
  ][] = [
    ["any", {}, [[77n, 0, "alive"], [78n, 1, "alive"]]],
    ["those that are named", { uids: [77n, 79n] }, [
      [77n, 0, "alive"],
      [78n, 0, "dead"],
      [79n, 0, "alive"],
      [78n, 9, "dead"],
    ]],
    ["for a time of its own each", { deadAfter: 100 }, [
      [77n, 50, "alive"],
      [78n, 100, "alive"],
      [77n, 149, "alive"],
      [77n, 150, "dead"],
      [78n, 199, "alive"],
      [78n, 200, "dead"],
      [77n, 1e9, "dead"],
    ]],
    ["as long as they are not silent", { expire: 100, uids: [77n] }, [
      [77n, 1000, "alive"],
      [77n, 1100, "alive"],
      [78n, 1150, "dead"],
      [77n, 1201, "dead"],
      [77n, 1202, "dead"],
    ]],
  ];
  for (const [what, change, asked] of rows) {
    const { ask, network } = setUp(change);
    for (const [uid, at, action] of asked) {
      assertEquals(ask(uid, at), action, `${what}: ${uid} at ${at}`);
    }
    assertEquals(
      network.requests.map(({ bytes }) => bytes),
      asked.map(([uid, , action]) =>
        encodeReply(action === "alive" ? uid : deadUid)
      ),
    );
  }
});

Deno.test("kill() and revive() are heeded at once, and reviving begins anew", () => {
  const { gateway, ask } = setUp({ deadAfter: 100, uids: [77n] });
  gateway.kill(77n);
  assertEquals(ask(77n), "dead");
  gateway.revive(77n);
  const answers = [50, 149, 150].map((at) => ask(77n, at));
  assertEquals(answers, ["alive", "alive", "dead"]);
  gateway.revive(77n);
  assertEquals(ask(77n, 200), "alive");
  // Also a session that it has never heard of.
  assertEquals(ask(78n), "dead");
  gateway.revive(78n);
  assertEquals(ask(78n), "alive");
  gateway.kill(79n);
  assertEquals(ask(79n), "dead");
});

Deno.test("openGateway() forgets no session that it was told of, however many strangers ask", () => {
  const { gateway, network, ask } = setUp({ uids: [77n, 78n] });
  gateway.kill(78n);
  gateway.revive(79n);
  for (let uid = 1000n; uid < 101_500n; uid++) {
    network.deliver(3335, encodeRequest(uid), client);
  }
  assertEquals([ask(77n), ask(78n), ask(79n)], ["alive", "dead", "alive"]);
});

Deno.test("openGateway() loses packets on either way", () => {
  const rows: [loss: number, chance: number[], action: string][] = [
    [0.5, [0.4], "request_lost"],
    [0.5, [0.6, 0.4], "reply_lost"],
    [0.5, [0.6, 0.6, 0], "alive"],
    [1, [0.999], "request_lost"],
    [0, [0, 0, 0], "alive"],
  ];
  for (const [loss, chance, action] of rows) {
    const random = () => chance.shift()!;
    const { ask, network } = setUp({ faults: { loss }, random });
    assertEquals(ask(77n), action);
    assertEquals(chance, []);
    assertEquals(network.requests.length, action === "alive" ? 1 : 0);
  }
});

Deno.test("openGateway() knows nothing of a lost request, but of one whose reply was lost", () => {
  const rows: [chance: number[], action: string][] = [
    [[0, 0.9, 0.9, 0], "alive"],
    [[0.9, 0, 0.9, 0.9, 0], "dead"],
  ];
  for (const [chance, action] of rows) {
    const random = () => chance.shift()!;
    const { ask } = setUp({ deadAfter: 100, faults: { loss: 0.5 }, random });
    ask(77n, 0);
    assertEquals(ask(77n, 100), action);
  }
});

Deno.test("openGateway() lets the network do to a reply what it is told", () => {
  const echo = encodeReply(77n);
  const rows: [
    faults: Partial<Faults>,
    sent: [number, number, Uint8Array][],
  ][] = [
    [{ delay: 200 }, [[200, 3335, echo]]],
    [{ jitter: 100 }, [[50, 3335, echo]]],
    [{ duplicate: true }, [[0, 3335, echo], [0, 3335, echo]]],
    [{ duplicate: true, delay: 5 }, [[5, 3335, echo], [5, 3335, echo]]],
    [{ forge: "dead@other-port" }, [
      [0, otherPort, encodeReply(deadUid)],
      [0, 3335, echo],
    ]],
    [{ forge: "dead@other-port", delay: 5 }, [
      [5, otherPort, encodeReply(deadUid)],
      [5, 3335, echo],
    ]],
    [{ garble: "length" }, [[0, 3335, new Uint8Array(737)]]],
  ];
  for (const [faults, wanted] of rows) {
    const { ask, clock, sent } = setUp({ faults });
    assertEquals(ask(77n), "alive");
    clock.runUntil(1000);
    assertEquals(sent(), wanted, JSON.stringify(faults));
  }
});

Deno.test("openGateway() lets a later reply overtake an earlier one", () => {
  // Whether held back, for how long, jitter; the losses come before.
  const chance = [0, 0, 0, 0.9, 0, 0, 0, 0.9, 0];
  const { ask, clock, sent } = setUp({
    faults: { reorder: true },
    random: () => chance.shift()!,
  });
  ask(77n, 0);
  ask(78n, 10);
  clock.runUntil(1000);
  assertEquals(sent(), [
    [10, 3335, encodeReply(78n)],
    [270, 3335, encodeReply(77n)],
  ]);
});

Deno.test("openGateway() loses a reply that can't be sent", () => {
  const { ask } = setUp({}, () => noRoute);
  assertEquals([ask(77n), ask(77n)], ["alive", "alive"]);
});

Deno.test("close() closes both sockets, and no reply leaves any more", () => {
  const { ask, clock, events, gateway, network } = setUp({
    faults: { delay: 100 },
  });
  ask(77n);
  assertEquals(network.open, 2);
  gateway.close();
  gateway.close();
  network.deliver(3335, encodeRequest(77n), client);
  clock.runUntil(1000);
  assertEquals([network.open, network.refused], [0, 1]);
  assertEquals([events.length, network.requests], [1, []]);
});

Deno.test("openGateway() returns the fault and keeps nothing open where it can't listen", () => {
  const taken = { host: "127.0.0.1", port: 3335 };
  const rows: [what: string, listen: Endpoint, offers: (number | Fault)[]][] = [
    ["no port for itself", { ...taken, port: 0 }, [noRoute]],
    ["none to forge from", { ...taken, port: 0 }, [40000, noRoute]],
    ["none to forge from", { ...taken, port: 3336 }, [noRoute]],
    ["the port is taken", taken, []],
  ];
  for (const [what, listen, offers] of rows) {
    const { clock, network } = networkWith(() => offers.shift()!);
    network.bind({ ...taken, longest: 0, onDatagram: () => {} });
    const world = { clock, datagrams: network };
    const fault = openGateway({ ...options, listen }, world);
    assert(isFault(fault), what);
    const code = listen === taken ? "EADDRINUSE" : noRoute.code;
    assertEquals(fault.code, code, what);
    assertEquals([network.open, offers], [1, []], what);
  }
});
