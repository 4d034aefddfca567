import { assertEquals, assertThrows } from "@std/assert";
import { isStatic, staticTarget, staticTargets } from "./targets.ts";

Deno.test("isStatic() tells triples of musl from others", () => {
  for (const triple of Object.keys(staticTargets)) {
    assertEquals(isStatic(triple), true, triple);
  }
  for (
    const triple of [
      "x86_64-unknown-linux-gnu",
      "aarch64-apple-darwin",
      "musl-unknown-linux-gnu",
    ]
  ) assertEquals(isStatic(triple), false, triple);
});

Deno.test("staticTarget() says which targets there are", () => {
  assertThrows(
    () => staticTarget("sparc-unknown-linux-musl"),
    Error,
    "expected x86_64-unknown-linux-musl, i686-unknown-linux-musl",
  );
});
