import { assert, assertEquals } from "@std/assert";
import { endure } from "./endure.ts";

const losses = [0, 0.1, 0.2, 0.3];
const rtts = [1, 100, 600, 1_500, 2_500];
const rates = [500, 1_000, 5_000, 20_000, 100_000, 200_000];

for (const isFresh of [true, false]) {
  const who = isFresh ? "a first cycle" : "a session";
  for (const loss of losses) {
    Deno.test(`${who} that is alive does not die of forged deaths, with ${loss * 100} % loss each way`, () => {
      let hits = 0;
      for (const rtt of rtts) {
        for (const rate of rates) {
          const hardship = { loss, rtt, rate };
          const end = endure(hardship, { seed: rate, cycles: 60, isFresh });
          const { dead = 0, alive = 0, silent = 0 } = end.verdicts;
          const what = JSON.stringify({ ...hardship, ...end });
          assertEquals([dead, alive + silent], [0, 60], what);
          // Without a forger about one cycle in eight gets no answer at 30 % loss.
          assert(loss > 0 || silent === 0, what);
          assert(silent < 60 / 2, what);
          assert(end.mostTries <= 6, what);
          hits += end.hits;
        }
      }
      assert(hits > 10_000, `only ${hits} forged deaths hit`);
    });
  }
}
