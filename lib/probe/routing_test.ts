import { assertEquals } from "@std/assert";
import type { RouteRule, Routing, TableRoute } from "../world.ts";
import { correction, leadsTo, linesOf } from "./routing.ts";

const to = "172.16.202.201";

function rule(
  preference: number,
  table: string | null,
  change: Partial<RouteRule> = {},
): RouteRule {
  const any = { from: null, to: null, mark: null, suppress: null };
  return { preference, ...any, isInverted: false, table, ...change };
}

function route(
  device: string | string[] | null,
  change: Partial<TableRoute> = {},
): TableRoute {
  const devices = typeof device === "string" ? [device] : device;
  const via = typeof device === "string" ? `${device}.router` : null;
  return { table: "main", bits: 0, metric: 0, devices, via, ...change };
}

const local = rule(0, "local");
const main = rule(32766, "main");

const mark = (value: number, mask = 0xffffffff) => ({ mark: { value, mask } });

/** wg-quick's: all but its own packets go through the tunnel. */
const wireguard: Routing = {
  rules: [
    local,
    rule(32764, "main", { suppress: 0 }),
    rule(32765, "51820", { ...mark(0xca6c), isInverted: true }),
    main,
  ],
  routes: [route("eth0"), route("wg0", { table: "51820", via: null })],
};

/** tailscale's: its own packets go by the main table. */
const tailscale: Routing = {
  rules: [local, rule(5210, "main", mark(0x80000, 0xff0000)), main],
  routes: [route("eth0", { metric: 100 }), route("wlan0", { metric: 600 })],
};

/** Marks send packets to one of two lines. */
const balanced: Routing = {
  rules: [
    local,
    rule(2001, "1", mark(0x100, 0x3f00)),
    rule(2002, "2", mark(0x200, 0x3f00)),
    rule(2061, null, mark(0x3d00, 0x3f00)),
    main,
  ],
  routes: [
    route("wan1", { metric: 10 }),
    route("wan2", { metric: 20 }),
    route("wan1", { table: "1" }),
    route("wan2", { table: "2" }),
  ],
};

/** The main table alone. */
const inMain = (...routes: TableRoute[]): Routing => ({
  rules: [local, main],
  routes,
});

/** Two lines, and a rule about some packets. */
const ruled = (...rules: RouteRule[]): Routing => ({ ...balanced, rules });

const bySource = rule(50, "2", { from: "10.2.0.0/24" });

Deno.test("linesOf() follows rules and tables as the kernel does", () => {
  type Row = [what: string, Routing, devices: string, from?: string];
  const one: Row[] = [
    ["no route", inMain(), ""],
    ["one line", inMain(route("eth0")), "eth0"],
    ["the lower metric", tailscale, "eth0"],
    ["a tunnel's own mark", wireguard, "wg0"],
    ["a network on this side of a tunnel", {
      ...wireguard,
      routes: [...wireguard.routes, route("eth0", { bits: 24 })],
    }, "eth0"],
    [
      "the smaller network",
      inMain(route("eth0"), route("tun0", { bits: 1 })),
      "tun0",
    ],
    [
      "balanced by marks, but for one source",
      ruled(bySource),
      "wan2",
      "10.2.0.2",
    ],
    [
      "a source that the rule is not about",
      ruled(local, bySource, main),
      "wan1",
      "10.1.0.2",
    ],
    ["no source yet", ruled(local, bySource, main), "wan1"],
    [
      "a rule about where they go",
      ruled(rule(50, "2", { to: "172.16.0.0/12" }), main),
      "wan2",
    ],
    ["multipath by one interface", inMain(route(["wan1"])), "wan1"],
    [
      "multipath in a table that nobody looks into",
      inMain(route("eth0"), route(["wan1", "wan2"], { table: "7" })),
      "eth0",
    ],
    [
      "an unreachable route",
      inMain(route("eth0"), route(null, { bits: 16 })),
      "",
    ],
    ["a rule that throws away", {
      rules: [rule(5, null), main],
      routes: [route("eth0")],
    }, ""],
    ["this machine itself", {
      ...balanced,
      routes: [...balanced.routes, route("lo", { table: "local", bits: 32 })],
    }, "lo"],
  ];
  const several: Row[] = [
    ["balanced by marks", balanced, "wan1 wan2"],
    ["multipath", inMain(route(["wan1", "wan2"])), "wan1 wan2"],
    ["multipath as busybox lists it", inMain(route([])), ""],
  ];
  for (const [what, routing, list, from = null] of [...one, ...several]) {
    const { devices, areSeveral } = linesOf({ to, from }, routing);
    assertEquals(devices.join(" "), list, what);
    assertEquals(areSeveral, several.some(([other]) => other === what), what);
  }
});

Deno.test("linesOf() reads IPv6 networks", () => {
  const routing: Routing = {
    rules: [rule(50, "2", { from: "2001:db8:2::/64" }), main],
    routes: [route("wan1"), route("wan2", { table: "2" })],
  };
  const flow = (from: string) => ({ to: "2001:db8:99::1", from });
  assertEquals(linesOf(flow("2001:db8:2::5"), routing).devices, ["wan2"]);
  assertEquals(linesOf(flow("2001:db8:1::5"), routing).devices, ["wan1"]);
});

Deno.test("correction() names commands that win over all rules, whatever the mark", () => {
  const from = "10.2.0.2";
  const rows: [what: string, routing: Routing, wanted: string[]][] = [
    ["a table of its own", balanced, [
      `ip rule add from ${from} lookup 2 pref 2000`,
    ]],
    ["none", inMain(route("wan1"), route("wan2", { metric: 2 })), [
      "ip route add default via wan2.router dev wan2 table 100",
      `ip rule add from ${from} lookup 100 pref 32765`,
    ]],
    ["none, and no router", {
      rules: [local, rule(9, "100"), main],
      routes: [route("wan1"), route("wan2", { metric: 2, via: null })],
    }, [
      "ip route add default dev wan2 table 101",
      `ip rule add from ${from} lookup 101 pref 8`,
    ]],
    ["no route at all", inMain(route("wan1")), [
      "ip route add default via ROUTER dev wan2 table 100",
      `ip rule add from ${from} lookup 100 pref 32765`,
    ]],
    [
      "the main table is right, another rule is in the way",
      {
        rules: [local, rule(5270, "52"), main],
        routes: [route("wan2"), route("tun0", { table: "52" })],
      },
      [`ip rule add from ${from} lookup main pref 5269`],
    ],
    [
      "rules about others are not in the way",
      {
        rules: [
          local,
          rule(10, "1", { from: "10.1.0.0/24" }),
          rule(20, "1", { to: "192.0.2.0/24" }),
          ...balanced.rules.slice(1),
        ],
        routes: balanced.routes,
      },
      [`ip rule add from ${from} lookup 2 pref 2000`],
    ],
    ["no place is left before the first", {
      rules: [local, rule(1, "1"), main],
      routes: balanced.routes,
    }, [`ip rule add from ${from} lookup 2 pref 0`]],
  ];
  for (const [what, routing, wanted] of rows) {
    const flow = { to, from };
    assertEquals(correction(flow, "wan2", routing), wanted, what);
    // It does win.
    const [, table, preference] = /lookup (\S+) pref (\d+)/.exec(
      wanted.at(-1)!,
    )!;
    const added = rule(Number(preference), table!, { from });
    const behind = routing.rules.findIndex((it) =>
      it.preference > added.preference
    );
    const routes = wanted.length === 1
      ? routing.routes
      : [...routing.routes, route("wan2", { table: table! })];
    const rules = routing.rules.toSpliced(behind, 0, added);
    assertEquals(
      linesOf(flow, { rules, routes }),
      { devices: ["wan2"], areSeveral: false },
      what,
    );
  }
  assertEquals(
    correction({ to: "2001:db8::1", from: "2001:db8:2::2" }, "wan2", balanced),
    ["ip -6 rule add from 2001:db8:2::2 lookup 2 pref 2000"],
  );
});

Deno.test("leadsTo() looks into all tables", () => {
  assertEquals(leadsTo(balanced, ["wan2"]), true);
  assertEquals(leadsTo(balanced, ["dmz", "wan1"]), true);
  assertEquals(leadsTo(balanced, ["dmz"]), false);
  assertEquals(leadsTo({ rules: [], routes: [route(null)] }, ["dmz"]), false);
});
