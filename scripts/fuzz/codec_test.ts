import { fuzzCodec } from "./codec.ts";
import { trySeeds } from "./seeds.ts";

Deno.test("the codec judges any bytes as PROTOCOL.md's table does", () => {
  trySeeds(fuzzCodec, { first: 1, count: 20_000 });
});
