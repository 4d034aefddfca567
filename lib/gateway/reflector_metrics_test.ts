import { assertEquals } from "@std/assert";
import { formatReflections, noReflections } from "./reflector_metrics.ts";

Deno.test("formatReflections() counts what became of datagrams", () => {
  const counts = { ...noReflections(), alive: 3, mac: 100_000 };
  const [, ...lines] = [...formatReflections("1.2.3", counts)].join("")
    .split("# TYPE lifesign_reflector_datagrams_total counter\n");
  const name = "lifesign_reflector_datagrams_total";
  assertEquals(lines.join("").split("\n"), [
    `${name}{action="alive"} 3`,
    `${name}{action="length"} 0`,
    `${name}{action="mac"} 100000`,
    `${name}{action="padding"} 0`,
    `${name}{action="stale"} 0`,
    `${name}{action="limit"} 0`,
    `${name}{action="request_lost"} 0`,
    `${name}{action="reply_lost"} 0`,
    "",
  ]);
});
