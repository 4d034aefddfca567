/**
 * Runs the properties of `codec.ts`, `engine.ts`, `streams.ts` and `login_day.ts` on many seeds.
 * A failing seed is printed and can be replayed:
 * `deno task fuzz --seed 4711 --count 1`.
 *
 * @module
 */
import { progress } from "../progress.ts";
import { readNumbers } from "../flags.ts";
import { reportFailure } from "../report_failure.ts";
import { fuzzCodec } from "./codec.ts";
import { fuzzEngine } from "./engine.ts";
import { checkDay } from "./login_day.ts";
import { trySeeds } from "./seeds.ts";
import { fuzzStreams } from "./streams.ts";

function main(): void {
  const { seed, count } = readNumbers(Deno.args, { seed: 1, count: 100_000 });
  const seeds = { first: seed, count };
  using told = progress("trying seeds");
  const verdicts = new Map<string, number>();
  let sent = 0;
  const telling = (property: (seed: number) => void) => (seed: number) => {
    told.tick();
    property(seed);
  };
  trySeeds(
    telling((seed) => {
      const outcome = fuzzEngine(seed);
      sent += outcome.sent;
      for (const verdict of outcome.verdicts) {
        verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
      }
    }),
    seeds,
  );
  trySeeds(telling(fuzzCodec), seeds);
  trySeeds(telling(fuzzStreams), seeds);
  // A day takes a thousand times as long.
  trySeeds(telling(checkDay), {
    ...seeds,
    count: Math.ceil(seeds.count / 1_000),
  });
  console.log(`${count} schedules, ${sent} datagrams`);
  for (const [verdict, n] of verdicts) console.log(`${verdict} ${n}`);
}

if (import.meta.main) await reportFailure(Promise.resolve().then(main));
