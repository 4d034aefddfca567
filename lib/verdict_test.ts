import { assertEquals } from "@std/assert";
import { classOf, verdicts } from "./verdict.ts";

Deno.test("classOf() tells the network from the session", () => {
  assertEquals(verdicts.map((verdict) => [verdict, classOf(verdict)]), [
    ["alive", "alive"],
    ["dead", "dead"],
    ["silent", "fault"],
    ["unsendable", "fault"],
    ["unresolved", "fault"],
    ["garbled", "fault"],
  ]);
});
