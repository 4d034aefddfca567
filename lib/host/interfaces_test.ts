import { assert } from "@std/assert";
import { isFault } from "../world.ts";
import { interfaces } from "./interfaces.ts";

Deno.test("addresses() are this machine's, without link-local ones of IPv6", () => {
  const all = interfaces.addresses();
  assert(!isFault(all));
  assert(
    all.some(({ name, address }) => name === "lo" && address === "127.0.0.1"),
  );
  assert(!all.some(({ address }) => address.startsWith("fe80")));
});
