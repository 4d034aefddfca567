/**
 * Shows how often a session that is alive gets the verdict dead while a blind
 * forger floods all ports: `deno task bench:forger --cycles N`, by default 10,000
 * for each point.
 *
 * @module
 */
import { progress } from "../progress.ts";
import { readNumbers } from "../flags.ts";
import { reportFailure } from "../report_failure.ts";
import { endure } from "./forger/endure.ts";
import { table } from "./markdown.ts";

const losses = [0, 0.1, 0.2, 0.3];
const rtts = [1, 100, 600, 1_500, 2_500];
const rates = [500, 1_000, 5_000, 20_000, 100_000, 200_000];

function main(): void {
  const options = readNumbers(Deno.args, { cycles: 10_000, seed: 1 });
  using told = progress("simulating forgers");
  const rows = losses.flatMap((loss) =>
    rtts.map((rtt) => [
      `${loss * 100} %`,
      `${rtt} ms`,
      ...rates.map((rate) => {
        told.tick();
        const deaths = [true, false].map((isFresh) => {
          const { verdicts } = endure({ loss, rtt, rate }, {
            ...options,
            isFresh,
          });
          return verdicts.dead ?? 0;
        });
        return deaths.join(" + ");
      }),
    ])
  );
  console.log(
    `False deaths in ${options.cycles} first cycles + ${options.cycles} of sessions that go on, by forged deaths a second:\n`,
  );
  console.log(table(
    ["loss each way", "round trip", ...rates.map((rate) => `${rate}/s`)],
    rows,
  ));
}

if (import.meta.main) await reportFailure(Promise.resolve().then(main));
