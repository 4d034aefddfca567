import { fuzzCodec } from "./codec.ts";
import { trySeeds } from "./seeds.ts";

Deno.test("the codec judges any bytes as docs/protocols.md's table does", () => {
  trySeeds(fuzzCodec, { first: 1, count: 20_000 });
});
