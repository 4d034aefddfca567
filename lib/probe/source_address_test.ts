import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  createFakeRoutes,
  type FakeRoutesOptions,
} from "../testing/fake_routes.ts";
import { createVirtualClock } from "../testing/virtual_clock.ts";
import {
  type Fault,
  type InterfaceAddress,
  isFault,
  type RouteQuestion,
  type Routing,
} from "../world.ts";
import {
  askForLines,
  chooseSource,
  deviceFor,
  reachable,
} from "./source_address.ts";

const four = "192.0.2.7";
const six = "2001:db8::7";

const present: InterfaceAddress[] = [
  { name: "lo", address: "127.0.0.1" },
  { name: "lo", address: "10.255.0.1" },
  { name: "eth0", address: "10.0.0.5" },
  { name: "eth0", address: "10.0.0.6" },
  { name: "eth0", address: "2001:db8::5" },
  { name: "tun0", address: "10.8.0.2" },
];

const broken: Fault = { code: "EMFILE", message: "too many open files" };

const absent: Fault = { code: "ENOSYS", message: "there is no ip" };

/** Chooses a source and returns what was chosen, and which ways were asked for. */
function choose(
  bind: string | null,
  { peer = four, silentCycles = 0, has = present, ...options }:
    & FakeRoutesOptions
    & {
      peer?: string;
      silentCycles?: number;
      has?: readonly InterfaceAddress[] | Fault;
    } = {},
): { source: string | Fault | null; asked: readonly RouteQuestion[] } {
  const clock = createVirtualClock();
  const addresses = () => has;
  const routes = createFakeRoutes(options, { clock, addresses });
  const world = { interfaces: { addresses }, routes };
  let source: string | Fault | null = null;
  chooseSource({ bind, peer, silentCycles }, world, (answer) => {
    assertEquals(source, null);
    source = answer;
  });
  if (bind === null) assert(source !== null);
  clock.runUntil(10_000);
  return { source, asked: routes.questions };
}

Deno.test("chooseSource() asks nothing where any address will do", () => {
  assertEquals(choose(null), { source: "0.0.0.0", asked: [] });
  assertEquals(choose(null, { peer: six }), { source: "::", asked: [] });
});

Deno.test("chooseSource() takes an address that leads where it has to", () => {
  const rows: [bind: string, peer: string, asked: boolean][] = [
    ["10.0.0.5", four, true],
    ["2001:db8::5", six, true],
    // Nobody's: the socket will tell.
    ["10.9.9.9", four, false],
    // The loopback's own addresses may leave by any interface.
    ["10.255.0.1", four, false],
    ["127.0.0.1", "127.0.0.1", false],
  ];
  for (const [bind, peer, isAsked] of rows) {
    const asked = isAsked ? [{ to: peer, from: bind }] : [];
    assertEquals(choose(bind, { peer }), { source: bind, asked });
  }
});

Deno.test("chooseSource() takes the address of an interface that the kernel would take", () => {
  const rows: [kernel: string | Fault | null, wanted: string][] = [
    ["10.0.0.6", "10.0.0.6"],
    ["10.0.0.5", "10.0.0.5"],
    // Another interface's is none of this one's.
    ["10.255.0.1", "10.0.0.5"],
    [null, "10.0.0.5"],
    [absent, "10.0.0.5"],
    [{ code: "ENETUNREACH", message: "no route" }, "10.0.0.5"],
  ];
  for (const [kernel, wanted] of rows) {
    const { source, asked } = choose("eth0", {
      route: ({ device, from = null }) => {
        if (device === undefined) {
          return { device: "eth0", source: from, via: null };
        }
        return typeof kernel === "object" && kernel !== null
          ? kernel
          : { device, source: kernel, via: null };
      },
    });
    assertEquals(source, wanted);
    assertEquals(asked, [{ to: four, device: "eth0" }, {
      to: four,
      from: wanted,
    }]);
  }
  assertEquals(choose("eth0", { peer: six }).source, "2001:db8::5");
});

Deno.test("chooseSource() takes an interface's next address after each silent cycle", () => {
  const route: FakeRoutesOptions["route"] = ({ from }) => ({
    device: "eth0",
    source: from ?? "10.0.0.6",
    via: null,
  });
  const chosen = (options: Parameters<typeof choose>[1]) =>
    [0, 1, 2, 3].map((silentCycles) =>
      choose("eth0", { ...options, route, silentCycles }).source
    );
  const both = ["10.0.0.6", "10.0.0.5", "10.0.0.6", "10.0.0.5"];
  assertEquals(chosen({}), both);
  assertEquals(chosen({ sources: () => absent }), both);
  // One that no new connection should leave from is left out.
  const one = Array(4).fill("10.0.0.6");
  assertEquals(chosen({ sources: () => ["10.0.0.6"] }), one);
});

Deno.test("chooseSource() says what is wrong with an interface", () => {
  const rows: [
    bind: string,
    peer: string,
    has: readonly InterfaceAddress[] | Fault,
    code: string,
    words: string,
  ][] = [
    ["tun0", six, present, "EADDRNOTAVAIL", "tun0 has no IPv6 address"],
    ["wlan", four, present, "ENODEV", "This machine has lo, eth0, tun0"],
    ["eth1", four, present, "ENODEV", 'did you mean "eth0"?'],
    ["eth1", four, [], "ENODEV", "This machine has none at all"],
    ["eth0", four, broken, "EMFILE", "too many"],
    ["10.0.0.5", four, broken, "EMFILE", "too many"],
  ];
  for (const [bind, peer, has, code, words] of rows) {
    const { source, asked } = choose(bind, { peer, has });
    assert(source !== null && isFault(source), bind);
    assertEquals(source.code, code);
    assertStringIncludes(source.message, words);
    assertEquals(asked, []);
  }
});

const uplinks: InterfaceAddress[] = [
  { name: "wan1", address: "10.1.0.2" },
  { name: "wan2", address: "10.2.0.2" },
  { name: "dmz", address: "10.7.0.1" },
];

/** A rule about all packets but for what it says. */
function rule(
  preference: number,
  table: string | null,
  change: Partial<Routing["rules"][number]> = {},
): Routing["rules"][number] {
  const any = { from: null, to: null, mark: null, suppress: null };
  return { preference, ...any, isInverted: false, table, ...change };
}

/** A default route. */
function route(
  device: string,
  via: string | null,
  { table = "main", ...change }: Partial<Routing["routes"][number]> = {},
): Routing["routes"][number] {
  return { table, bits: 0, metric: 0, devices: [device], via, ...change };
}

/** Two uplinks, of which the first has the better default route. */
const two: Routing = {
  rules: [rule(0, "local"), rule(32766, "main"), rule(32767, "default")],
  routes: [
    route("wan1", "10.1.0.1", { metric: 10 }),
    route("wan2", "10.2.0.1", { metric: 20 }),
  ],
};

const byWan1: FakeRoutesOptions["route"] = ({ device, from = null }) => ({
  device: device ?? "wan1",
  source: from ?? "10.2.0.2",
  via: "10.1.0.1",
});

Deno.test("chooseSource() refuses an address whose packets leave by another interface", () => {
  const rows: [bind: string, routing: Routing | Fault, words: string[]][] = [
    ["wan2", two, [
      "packets from 10.2.0.2 (wan2) to 192.0.2.7 leave by wan1",
      "`ip route add default via 10.2.0.1 dev wan2 table 100`, then `ip rule add from 10.2.0.2 lookup 100 pref 32765`",
    ]],
    ["10.2.0.2", two, ["`ip rule add from 10.2.0.2 lookup 100 pref 32765`"]],
    ["wan2", absent, ["`ip rule add from 10.2.0.2 lookup TABLE`"]],
    // Named, an interface has to be left by, even if nothing leads through it.
    ["wan2", { ...two, routes: [two.routes[0]!] }, [
      "`ip route add default via ROUTER dev wan2 table 100`",
      "(ROUTER is the router behind it): `ip route",
    ]],
  ];
  for (const [bind, routing, words] of rows) {
    const { source } = choose(bind, {
      has: uplinks,
      route: byWan1,
      routing: () => routing,
    });
    assert(source !== null && isFault(source), `${source}`);
    assertEquals(source.code, "EROUTE");
    for (const each of words) assertStringIncludes(source.message, each);
  }
});

Deno.test("chooseSource() lets an address of a network without a way out leave by any interface", () => {
  const options = { has: uplinks, route: byWan1, routing: () => two };
  assertEquals(choose("10.7.0.1", options).source, "10.7.0.1");
});

Deno.test("chooseSource() takes what stays within the machine", () => {
  const route = () => ({ device: "lo", source: null, via: null });
  const options = { has: uplinks, route };
  assertEquals(choose("wan2", options).source, "10.2.0.2");
  assertEquals(choose("10.2.0.2", options).source, "10.2.0.2");
});

Deno.test("chooseSource() goes on where nothing can tell, and nowhere else", () => {
  const rows: [fault: Fault, wanted: string | Fault][] = [
    [absent, "10.2.0.2"],
    [broken, broken],
  ];
  for (const [fault, wanted] of rows) {
    const options = { has: uplinks, route: () => fault };
    assertEquals(choose("10.2.0.2", options).source, wanted);
  }
});

Deno.test("reachable() leaves out the family that an interface does not have", () => {
  const rows: [bind: string | null, wanted: string[]][] = [
    [null, [six, four]],
    ["10.9.9.9", [six, four]],
    ["eth0", [six, four]],
    ["tun0", [four]],
    // It may be back when the first heartbeat leaves.
    ["eth1", [six, four]],
  ];
  const interfaces = { addresses: () => present };
  for (const [bind, wanted] of rows) {
    assertEquals(reachable([six, four], bind, interfaces), wanted);
  }
});

Deno.test("chooseSource() and askForLines() ask nothing where a socket is bound to the interface itself", () => {
  const clock = createVirtualClock();
  const addresses = () => present;
  const routes = createFakeRoutes({}, { clock, addresses });
  const world = { interfaces: { addresses, areBindable: true }, routes };
  const rows: [
    bind: string | null,
    peer: string,
    device: string | undefined,
    source?: string,
  ][] = [
    ["eth0", four, "eth0", "0.0.0.0"],
    ["eth0", six, "eth0", "::"],
    [null, four, undefined, "0.0.0.0"],
    // An address says nothing of the interface, and what is here stays here.
    ["10.0.0.5", four, undefined],
    ["eth0", "127.0.0.1", undefined],
    ["eth0", "10.0.0.6", undefined],
  ];
  for (const [bind, peer, device, source] of rows) {
    assertEquals(deviceFor({ bind, peer }, world), device, `${bind} ${peer}`);
    if (source === undefined) continue;
    const answers: unknown[] = [];
    const binding = { bind, peer, silentCycles: 0 };
    chooseSource(binding, world, (answer) => answers.push(answer));
    assertEquals(answers, [source]);
    if (device === undefined) continue;
    askForLines(binding, world, (fault) => answers.push(fault));
    assertEquals(answers, [source, null]);
  }
  assertEquals(routes.questions, []);
  const answers: (string | Fault)[] = [];
  const binding = { bind: "tun0", peer: six, silentCycles: 0 };
  chooseSource(binding, world, (answer) => answers.push(answer));
  assertEquals(isFault(answers[0]!) && answers[0].code, "EADDRNOTAVAIL");
});

/** Rules and tables as mwan3 has them. */
const balanced: Routing = {
  rules: [
    rule(0, "local"),
    rule(2001, "1", { mark: { value: 0x100, mask: 0x3f00 } }),
    rule(2002, "2", { mark: { value: 0x200, mask: 0x3f00 } }),
    rule(2061, null, { mark: { value: 0x3d00, mask: 0x3f00 } }),
    rule(32766, "main"),
  ],
  routes: [
    ...two.routes,
    route("wan1", "10.1.0.1", { table: "1" }),
    route("wan2", "10.2.0.1", { table: "2" }),
  ],
};

/** Asks for lines; returns what was answered, and whose ways were asked for. */
function ask(bind: string | null, peer: string, routing: Routing | Fault) {
  const clock = createVirtualClock();
  const addresses = () => uplinks;
  const options = { routing: () => routing };
  const routes = createFakeRoutes(options, { clock, addresses });
  const world = { interfaces: { addresses }, routes };
  const faults: (Fault | null)[] = [];
  askForLines({ bind, peer }, world, (fault) => faults.push(fault));
  clock.runUntil(10);
  assertEquals(faults.length, 1);
  return { faults, asked: routes.peers };
}

Deno.test("askForLines() tells that nobody knows the way, and to say bind", () => {
  const several = { ...two, routes: [{ ...two.routes[0]!, devices: [] }] };
  const rows: [
    bind: string | null,
    routing: Routing | Fault,
    words: string | null,
  ][] = [
    [null, two, null],
    [null, absent, null],
    [null, balanced, "leave by wan1 or wan2"],
    [null, balanced, "say bind, e.g. --bind wan2"],
    [null, several, "leave by several lines"],
    ["wan2", balanced, "`ip rule add from 10.2.0.2 lookup 2 pref 2000`"],
    ["10.2.0.2", balanced, "packets from 10.2.0.2 to 192.0.2.7 leave by"],
    ["wan2", {
      ...balanced,
      rules: [rule(0, "local"), rule(50, "2", { from: "10.2.0.2" })]
        .concat(balanced.rules.slice(1)),
    }, null],
  ];
  for (const [bind, routing, words] of rows) {
    const { faults: [fault = null] } = ask(bind, four, routing);
    assertEquals(fault?.code ?? null, words === null ? null : "EUPLINKS");
    if (words !== null) assertStringIncludes(fault!.message, words);
  }
});

Deno.test("askForLines() knows an IPv4 address that is written as IPv6 has it", () => {
  const { faults, asked } = ask(null, `::ffff:${four}`, balanced);
  assertEquals(asked, [four]);
  assertEquals(faults.map((fault) => fault?.code), ["EUPLINKS"]);
});

Deno.test("askForLines() tells that it could not find out, but for want of a way to", () => {
  assertEquals(ask(null, four, absent).faults, [null]);
  assertEquals(ask(null, four, broken).faults, [broken]);
  assertEquals(ask(null, "127.0.0.1", broken).faults, [null]);
  assertEquals(ask(null, "::1", broken).faults, [null]);
});
