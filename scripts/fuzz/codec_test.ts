import { fuzzCodec } from "./codec.ts";
import { most, trySeeds } from "./seeds.ts";

Deno.test("the codec judges any bytes as docs/protocols.md's table does", () => {
  trySeeds(fuzzCodec, { first: 1, count: most(20_000, 2_000) });
});
