import { assertEquals } from "@std/assert";
import { familyOf, isForMany, isLoopback, isSameNetwork } from "./address.ts";

Deno.test("isSameNetwork() compares the leading bits of addresses of one family", () => {
  const rows: [one: string, other: string, prefix: number, same: boolean][] = [
    ["10.77.0.1", "10.77.0.2", 24, true],
    ["10.77.0.1", "10.77.0.2", 31, false],
    ["10.77.0.1", "10.77.1.2", 24, false],
    ["10.77.0.1", "10.77.1.2", 23, true],
    ["192.0.2.1", "192.0.2.1", 32, true],
    ["192.0.2.1", "8.8.8.8", 0, true],
    ["192.0.2.1", "::1", 0, false],
    ["gw.example", "192.0.2.1", 0, false],
    ["fd00::2", "fd00::ffff:1", 64, true],
    ["fd00::2", "fd00:0:0:1::2", 64, false],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", 64, true],
    ["::1", "::1", 128, true],
    ["::1", "::2", 128, false],
  ];
  for (const [one, other, prefix, same] of rows) {
    assertEquals(
      isSameNetwork(one, other, prefix),
      same,
      `${one} ${other}/${prefix}`,
    );
  }
});

Deno.test("familyOf() and isLoopback() tell addresses apart", () => {
  const rows: [host: string, family: "4" | "6" | null, loopback: boolean][] = [
    ["127.0.0.1", "4", true],
    ["127.255.0.9", "4", true],
    ["128.0.0.1", "4", false],
    ["::1", "6", true],
    ["::2", "6", false],
    ["localhost", null, false],
    ["127.example", null, false],
    ["127.0.0.1.example", null, false],
    ["", null, false],
  ];
  for (const [host, family, loopback] of rows) {
    assertEquals([familyOf(host), isLoopback(host)], [family, loopback], host);
  }
});

Deno.test("isForMany() knows multicast and broadcast addresses", () => {
  const many = ["224.0.0.0", "224.0.0.1", "239.255.255.255"]
    .concat(["255.255.255.255", "ff00::", "ff02::1", "ffff::1"])
    .concat(["::ffff:224.0.0.1", "::ffff:255.255.255.255"]);
  const one = ["223.255.255.255", "240.0.0.1", "192.168.1.255", "fe80::1"]
    .concat(["::1", "::ff02", "2001:db8::ff02:1", "::ffff:192.0.2.1"])
    .concat(["ff02.example", "224.example", ""]);
  assertEquals(many.filter((host) => !isForMany(host)), []);
  assertEquals(one.filter(isForMany), []);
});
