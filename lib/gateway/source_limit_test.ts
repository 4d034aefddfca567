import { assert, assertEquals } from "@std/assert";
import { SourceLimit } from "./source_limit.ts";

Deno.test("admits() counts each source for itself, anew each second", () => {
  const limit = new SourceLimit(2, 0.5);
  const rows: [address: string, now: number, admits: boolean][] = [
    ["192.0.2.1", 0, true],
    ["192.0.2.1", 1, true],
    ["192.0.2.1", 999, false],
    ["192.0.2.2", 999, true],
    ["192.0.2.1", 1_000, true],
    // One network of 64 bits, however it is written.
    ["2001:db8:1:2::1", 2_000, true],
    ["2001:db8:1:2:3:4:5:6", 2_000, true],
    ["2001:db8:1:2:ffff::9", 2_000, false],
    ["2001:db8:1:3::1", 2_000, true],
    ["2001:db8::1", 3_000, true],
    ["2001:db8::2:1", 3_000, true],
    ["2001:db8::3", 3_000, false],
    ["::1", 3_000, true],
    ["1.2.3.4", 3_000, true],
    // As sockets of both families have it.
    ["::ffff:192.0.2.1", 4_000, true],
    ["::ffff:192.0.2.2", 4_000, true],
    ["::ffff:192.0.2.2", 4_000, true],
    ["::ffff:192.0.2.2", 4_000, false],
    ["::ffff:192.0.2.1", 4_000, true],
  ];
  for (const [address, now, admits] of rows) {
    assertEquals(limit.admits(address, now), admits, `${address} at ${now}`);
  }
});

Deno.test("admits() spreads sources over its counters, in another way with each seed", () => {
  const address = (n: number) => `10.${n >> 16}.${n >> 8 & 255}.${n & 255}`;
  const refused = [0.1, 0.2].map((seed) => {
    const limit = new SourceLimit(1, seed);
    const all = Array.from({ length: 10_000 }, (_, n) => address(n));
    return all.filter((address) => !limit.admits(address, 0));
  });
  // By chance about 723 of 10,000 share one of 65,536 with an earlier one.
  for (const { length } of refused) assert(length < 1_500, `${length}`);
  assert(refused[0]!.join() !== refused[1]!.join());
});
