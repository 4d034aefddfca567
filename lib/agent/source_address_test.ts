import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Fault, type InterfaceAddress, isFault } from "../world.ts";
import { reachable, sourceAddress } from "./source_address.ts";

const four = "192.0.2.7";
const six = "2001:db8::7";

const present: InterfaceAddress[] = [
  { name: "lo", address: "127.0.0.1" },
  { name: "eth0", address: "10.0.0.5" },
  { name: "eth0", address: "10.0.0.6" },
  { name: "eth0", address: "2001:db8::5" },
  { name: "tun0", address: "10.8.0.2" },
];

const broken: Fault = { code: "EMFILE", message: "too many open files" };

function having(addresses: readonly InterfaceAddress[] | Fault) {
  return { addresses: () => addresses };
}

Deno.test("sourceAddress() is any, an address, or an interface's first of the peer's family", () => {
  const rows: [bind: string | null, peer: string, wanted: string][] = [
    [null, four, "0.0.0.0"],
    [null, six, "::"],
    ["10.9.9.9", four, "10.9.9.9"],
    ["eth0", four, "10.0.0.5"],
    ["eth0", six, "2001:db8::5"],
    ["tun0", four, "10.8.0.2"],
  ];
  for (const [bind, peer, wanted] of rows) {
    assertEquals(sourceAddress(bind, peer, having(present)), wanted);
  }
});

Deno.test("sourceAddress() says what is wrong with an interface", () => {
  const rows: [
    bind: string,
    peer: string,
    has: readonly InterfaceAddress[] | Fault,
    code: string,
    words: string,
  ][] = [
    ["tun0", six, present, "EADDRNOTAVAIL", "tun0 has no IPv6 address"],
    ["eth1", four, present, "ENODEV", "This machine has lo, eth0, tun0"],
    ["eth1", four, [], "ENODEV", "This machine has none at all"],
    ["eth0", four, broken, "EMFILE", "too many"],
  ];
  for (const [bind, peer, has, code, words] of rows) {
    const found = sourceAddress(bind, peer, having(has));
    assert(isFault(found), bind);
    assertEquals(found.code, code);
    assertStringIncludes(found.message, words);
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
  for (const [bind, wanted] of rows) {
    assertEquals(reachable([six, four], bind, having(present)), wanted);
  }
});
