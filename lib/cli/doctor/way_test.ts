import { assertEquals, assertStringIncludes } from "@std/assert";
import type { InterfaceAddress, Route } from "../../world.ts";
import { nameStep, wayTo } from "./way.ts";

const lo = { name: "lo", address: "127.0.0.1", prefix: 8 };
const eth0 = { name: "eth0", address: "192.0.2.7", prefix: 24 };
const tunnel = { name: "tun0", address: "10.8.0.2", prefix: 32 };
const swallow = { name: "utun", address: "198.18.0.1", prefix: 1 };
const six = { name: "eth0", address: "2001:db8::7", prefix: 64 };

/** What the kernel says. */
function route(
  device: string,
  source: string | null = null,
  via: string | null = null,
): Route {
  return { device, source, via };
}

Deno.test("wayTo() tells what the kernel says of the way", () => {
  const all: InterfaceAddress[] = [lo, eth0, tunnel, swallow, six];
  const rows: [peer: string, route: Route, way: string][] = [
    ["127.0.0.9", route("lo"), "127.0.0.9 is this machine itself"],
    [
      "192.0.2.7",
      route("lo", "192.0.2.7"),
      "192.0.2.7 is this machine itself",
    ],
    [
      "192.0.2.1",
      route("eth0", "192.0.2.7"),
      "through eth0, from 192.0.2.7: 192.0.2.1 is in the same network",
    ],
    [
      "2001:db8::1",
      route("eth0", "2001:db8::7"),
      "through eth0, from 2001:db8::7: 2001:db8::1 is in the same network",
    ],
    [
      "203.0.113.1",
      route("eth0", "192.0.2.7", "192.0.2.254"),
      "through eth0, from 192.0.2.7, and the router 192.0.2.254",
    ],
    // It has the prefix, but the kernel has another way.
    [
      "192.0.2.1",
      route("tun0", "10.8.0.2"),
      "through tun0, from 10.8.0.2, without a router, as into a tunnel",
    ],
    [
      "192.0.2.1",
      route("utun", "198.18.0.1"),
      "through utun, from 198.18.0.1, without a router, as into a tunnel",
    ],
    [
      "100.64.0.1",
      route("utun"),
      "through utun, without a router, as into a tunnel",
    ],
  ];
  for (const [peer, route, way] of rows) {
    assertEquals(wayTo(peer, route, all), way, peer);
  }
});

Deno.test("nameStep() knows a proxy's fake addresses", () => {
  const rows: [host: string, addresses: string[], ok: boolean | null][] = [
    ["gw.example", ["192.0.2.1"], true],
    ["gw.example", ["198.18.0.5"], false],
    ["gw.example", ["192.0.2.1", "198.19.255.255"], false],
    ["198.18.0.5", ["198.18.0.5"], null],
    ["198.17.255.255", ["198.17.255.255"], true],
    ["198.20.0.0", ["198.20.0.0"], true],
  ];
  for (const [host, addresses, ok] of rows) {
    const step = nameStep(host, addresses, null);
    assertEquals(step.ok, ok, host);
    if (ok !== true) assertStringIncludes(step.text, "a proxy's fake address");
  }
});
