import { assertEquals } from "@std/assert";
import type { RouteRule, TableRoute } from "../world.ts";
import {
  parseRefusal,
  parseRoute,
  parseRoutes,
  parseRules,
  parseSources,
} from "./ip_output.ts";

Deno.test("parseRoute() reads what iproute2 and busybox print", () => {
  const wanted: Record<string, string | null> = {
    "172.16.202.201 from 10.2.0.2 via 10.1.0.1 dev wan1 uid 0 \n    cache \n":
      "wan1 10.2.0.2 via 10.1.0.1",
    "172.16.202.201 via 10.2.0.1 dev wan2 table 2 src 10.2.0.2 uid 0 \n    cache \n":
      "wan2 10.2.0.2 via 10.2.0.1",
    "10.77.0.2 dev lan src 10.77.0.1 uid 1000 \n    cache \n": "lan 10.77.0.1",
    "local 10.1.0.2 from 10.2.0.2 dev lo table local uid 0 \n    cache <local> \n":
      "lo 10.2.0.2",
    "2001:db8:99::1 from 2001:db8:2::2 via 2001:db8:1::1 dev wan1 src 2001:db8:1::2 metric 10 pref medium\n":
      "wan1 2001:db8:1::2 via 2001:db8:1::1",
    "2001:db8:99::1 from :: via fe80::1 dev wan2 proto ra src 2001:db8:2::2 metric 20 pref medium\n":
      "wan2 2001:db8:2::2 via fe80::1",
    "10.9.9.9 via inet6 fe80::1 dev wan1 src 10.1.0.2 uid 0 \n    cache \n":
      "wan1 10.1.0.2 via inet6 fe80::1",
    // busybox
    "172.16.202.201 from 10.2.0.2 via 10.2.0.1 dev wan2 \n":
      "wan2 10.2.0.2 via 10.2.0.1",
    "172.16.202.201 via 10.2.0.1 dev wan2  src 10.2.0.2 \n":
      "wan2 10.2.0.2 via 10.2.0.1",
    "2001:db8:99::1 from :: via 2001:db8:2::1 dev wan2  src 2001:db8:2::2  metric 20 \n":
      "wan2 2001:db8:2::2 via 2001:db8:2::1",
    "": null,
    "Usage: ip route": null,
  };
  for (const [output, route] of Object.entries(wanted)) {
    const found = parseRoute(output);
    const via = found?.via == null ? "" : ` via ${found.via}`;
    const inShort = found && `${found.device} ${found.source}${via}`;
    assertEquals(inShort, route, output);
  }
});

/** A rule for all packets, but for what is given. */
function rule(
  preference: number,
  table: string | null,
  change: Partial<RouteRule> = {},
): RouteRule {
  const plain = { from: null, to: null, mark: null, suppress: null };
  return { preference, table, isInverted: false, ...plain, ...change };
}

Deno.test("parseRules() reads the rules for packets of this machine", () => {
  const [from, to] = ["10.2.0.0/24", "172.16.0.0/12"];
  const mark = (value: number, mask: number) => ({ mark: { value, mask } });
  const blackhole = rule(2061, null, mark(0x3d00, 0x3f00));
  const inverted = { ...mark(0xca6c, 0xffffffff), isInverted: true };
  const rows: [line: string, wanted: RouteRule | null][] = [
    ["0:\tfrom all lookup local", rule(0, "local")],
    ["50:\tfrom 10.2.0.2 lookup 2", rule(50, "2", { from: "10.2.0.2" })],
    [
      `51:\tfrom ${from} to ${to} iif lo lookup dorm`,
      rule(51, "dorm", { from, to }),
    ],
    [
      "2001:\tfrom all fwmark 0x100/0x3f00 lookup 1",
      rule(2001, "1", mark(0x100, 0x3f00)),
    ],
    [
      "32765:\tfrom all fwmark 0x1 lookup 1",
      rule(32765, "1", mark(1, 0xffffffff)),
    ],
    ["2061:\tfrom all fwmark 0x3d00/0x3f00 blackhole", blackhole],
    [
      "899:\tfrom all lookup main suppress_prefixlength 0",
      rule(899, "main", { suppress: 0 }),
    ],
    [
      "900:\tnot from all fwmark 0xca6c lookup 51820",
      rule(900, "51820", inverted),
    ],
    // busybox
    [
      "899:\tfrom all lookup main suppress_prefixlength 0 ",
      rule(899, "main", { suppress: 0 }),
    ],
    ["2061:\tfrom all fwmark 0x3d00/0x3f00 lookup unspec blackhole", blackhole],
    // Not about all packets that this machine sends.
    ["1001:\tfrom all iif wan1 lookup 1", null],
    ["1000:\tfrom all oif wan1 lookup 1", null],
    [
      "1000:\tfrom all lookup [l3mdev-table]",
      rule(1000, "[l3mdev-table]"),
    ],
    ["52:\tfrom all uidrange 0-99 lookup 2", null],
    ["53:\tfrom all ipproto udp dport 3335 lookup 1", null],
    ["54:\tfrom all goto 2001", null],
    ["", null],
  ];
  for (const [line, wanted] of rows) {
    assertEquals(parseRules(`${line}\n`), wanted === null ? [] : [wanted]);
  }
  const all = rows.map(([line]) => line).join("\n");
  const wanted = rows.flatMap(([, rule]) => rule ?? []);
  assertEquals(parseRules(all), wanted);
});

/** A route in short: its table, bits and metric, and where it leads. */
function inShort({ table, bits, metric, devices, via }: TableRoute): string {
  const way = devices === null ? "nowhere" : `by ${devices}`;
  return `${table} /${bits} ${metric} ${way}${
    via === null ? "" : ` via ${via}`
  }`;
}

Deno.test("parseRoutes() reads all tables", () => {
  const rows: [lines: string, longest: number, wanted: string | null][] = [
    [
      "default via 10.1.0.1 dev wan1 table 1 ",
      32,
      "1 /0 0 by wan1 via 10.1.0.1",
    ],
    [
      "default via 10.2.0.1 dev wan2 proto dhcp src 10.2.0.2 metric 20 ",
      32,
      "main /0 20 by wan2 via 10.2.0.1",
    ],
    ["0.0.0.0/1 dev tun0 scope link ", 32, "main /1 0 by tun0"],
    [
      "default table 7 \n\tnexthop via 10.1.0.1 dev wan1 weight 1 \n\tnexthop via 10.2.0.1 dev wan2 weight 1 ",
      32,
      "7 /0 0 by wan1,wan2",
    ],
    [
      "default proto static metric 1024 pref medium\n\tnexthop via fe80::1 dev wan1 weight 1 \n\tnexthop via fe80::2 dev wan2 weight 1 ",
      128,
      "main /0 1024 by wan1,wan2",
    ],
    [
      "192.0.2.7 via inet6 fe80::1 dev ppp0 ",
      32,
      "main /32 0 by ppp0 via inet6 fe80::1",
    ],
    [
      "2001:db8:1::/64 dev wan1 proto kernel metric 256 pref medium",
      128,
      "main /64 256 by wan1",
    ],
    ["unreachable 192.0.2.0/24 ", 32, "main /24 0 nowhere"],
    [
      "unreachable default dev lo metric 4294967295 error -101",
      128,
      "main /0 4294967295 nowhere",
    ],
    [
      "local 10.1.0.2 dev wan1 table local proto kernel scope host src 10.1.0.2 ",
      32,
      "local /32 0 by lo",
    ],
    // busybox, which says nothing of next hops
    [
      "default via 10.2.0.1 dev wan2  metric 20 ",
      32,
      "main /0 20 by wan2 via 10.2.0.1",
    ],
    ["default table 7 ", 32, "7 /0 0 by "],
    [
      "broadcast 10.1.0.255 dev wan1 table local proto kernel scope link src 10.1.0.2 ",
      32,
      null,
    ],
    [
      "multicast ff00::/8 dev wan1 table local metric 256 pref medium",
      128,
      null,
    ],
    ["throw 10.0.0.0/8 table 9", 32, null],
    ["", 32, null],
  ];
  for (const [lines, longest, wanted] of rows) {
    const found = parseRoutes(`${lines}\n`, longest).map(inShort);
    assertEquals(found, wanted === null ? [] : [wanted], lines);
  }
  const four = rows.filter(([, longest]) => longest === 32);
  assertEquals(
    parseRoutes(four.map(([lines]) => lines).join("\n"), 32).map(inShort),
    four.flatMap(([, , wanted]) => wanted ?? []),
  );
});

Deno.test("parseSources() leaves out what no connection should leave from", () => {
  const iproute2 = `
2: wan1    inet 10.1.0.2/24 scope global wan1\\       valid_lft forever preferred_lft forever
2: wan1    inet 10.1.7.9/32 scope global wan1:7\\       valid_lft forever preferred_lft forever
2: wan1    inet 10.1.0.9/24 scope global secondary wan1\\       valid_lft forever preferred_lft forever
2: wan1    inet 10.64.0.2 peer 10.64.0.1/32 scope global wan1\\       valid_lft forever preferred_lft forever
2: wan1    inet6 2001:db8:1::9/64 scope global nodad deprecated \\       valid_lft forever preferred_lft 0sec
2: wan1    inet6 2001:db8:1::2/64 scope global nodad \\       valid_lft forever preferred_lft forever
2: wan1    inet6 2001:db8:1::3/64 scope global tentative \\       valid_lft forever preferred_lft forever
2: wan1    inet6 2001:db8:1::4/64 scope global dadfailed tentative \\       valid_lft forever preferred_lft forever
2: wan1    inet6 fe80::e8dc:f5ff:febd:ea09/64 scope link \\       valid_lft forever preferred_lft forever
`;
  const busybox = iproute2.replaceAll("nodad", "flags 02");
  const wanted = [
    "10.1.0.2",
    "10.1.7.9",
    "10.1.0.9",
    "10.64.0.2",
    "2001:db8:1::2",
  ];
  for (const output of [iproute2, busybox]) {
    assertEquals(parseSources(output), wanted);
  }
});

Deno.test("parseRefusal() tells the kernel's word from a complaint of ip's", () => {
  const rows: [errors: string, wanted: string | null][] = [
    ["RTNETLINK answers: Network is unreachable\n", "ENETUNREACH"],
    ["ip: RTNETLINK answers: Network is unreachable\n", "ENETUNREACH"],
    ["RTNETLINK answers: No route to host\n", "EHOSTUNREACH"],
    ["RTNETLINK answers: Permission denied\n", "EACCES"],
    ["RTNETLINK answers: Invalid argument\n", "EINVAL"],
    ['Cannot find device "wan9"\n', "ENODEV"],
    ["ip: can't find device 'wan9'\n", "ENODEV"],
    ["RTNETLINK answers: Operation not supported\n", null],
    ["Cannot open netlink socket: Permission denied\n", null],
    ['ip: either "to" is duplicate, or "match" is garbage\n', null],
    ["", null],
  ];
  for (const [errors, wanted] of rows) {
    assertEquals(parseRefusal(errors), wanted, errors);
  }
});
