import { assertEquals } from "@std/assert";
import type { InterfaceAddress } from "../../world.ts";
import { wayTo } from "./way.ts";

const lo = [
  { name: "lo", address: "127.0.0.1", prefix: 8 },
  { name: "lo", address: "::1", prefix: 128 },
];
const eth0 = { name: "eth0", address: "192.0.2.7", prefix: 24 };
const second = { name: "eth0", address: "198.51.100.7", prefix: 24 };
const tunnel = { name: "tun0", address: "10.8.0.2", prefix: 32 };
const six = { name: "eth0", address: "2001:db8::7", prefix: 64 };

Deno.test("wayTo() tells interface and source address as far as addresses tell", () => {
  const rows: [
    peer: string,
    bind: string | null,
    all: readonly InterfaceAddress[],
    way: string,
  ][] = [
    ["127.0.0.1", null, lo, "127.0.0.1 is this machine itself"],
    ["127.0.0.9", null, [], "127.0.0.9 is this machine itself"],
    ["::1", null, lo, "::1 is this machine itself"],
    ["192.0.2.7", null, [...lo, eth0], "192.0.2.7 is this machine itself"],
    [
      "192.0.2.1",
      null,
      [...lo, tunnel, eth0],
      "through eth0, from 192.0.2.7: 192.0.2.1 is in the same network",
    ],
    [
      "2001:db8::1",
      null,
      [...lo, eth0, six],
      "through eth0, from 2001:db8::7: 2001:db8::1 is in the same network",
    ],
    [
      "203.0.113.1",
      null,
      [...lo, eth0, six],
      "through eth0 and a router, from 192.0.2.7",
    ],
    [
      "203.0.113.1",
      null,
      [...lo, eth0, second],
      "through eth0 and a router, from one of its addresses",
    ],
    [
      "203.0.113.1",
      null,
      [...lo, eth0, tunnel],
      "through a router, by eth0 (192.0.2.7) or tun0 (10.8.0.2): `ip route get 203.0.113.1` says which",
    ],
    ["203.0.113.1", null, lo, "there is a way out"],
    ["2001:db9::1", null, [...lo, eth0], "there is a way out"],
    [
      "203.0.113.1",
      "eth0",
      [...lo, eth0, six],
      "from 192.0.2.7 (eth0), as bind says; the route may lead through another interface",
    ],
    [
      "203.0.113.1",
      "192.0.2.7",
      [eth0],
      "from 192.0.2.7 (eth0), as bind says; the route may lead through another interface",
    ],
    ["203.0.113.1", "192.0.2.8", [eth0], "from 192.0.2.8, as bind says"],
    [
      "192.0.2.1",
      null,
      [{ name: "eth0", address: "192.0.2.7" }],
      "through eth0 and a router, from 192.0.2.7",
    ],
  ];
  for (const [peer, bind, all, way] of rows) {
    assertEquals(wayTo(peer, bind, all), way, `${peer} ${bind}`);
  }
});
