/**
 * Simulates sessions on networks that lose packets: kept alive by lifesign's
 * engine with default settings, and by a model of clients that ask once (single
 * shot). Prints Markdown. The same `--seed N` gives the same figures.
 *
 * @module
 */
import { progress } from "../progress.ts";
import { seededRandom } from "../../lib/random.ts";
import { readNumbers } from "../flags.ts";
import { reportFailure } from "../report_failure.ts";
import { table } from "./markdown.ts";
import {
  type Experiment,
  type Figures,
  roundTrips,
  silences,
} from "./survival/experiment.ts";
import { figuresOfAll } from "./survival/parallel.ts";
import { percent, seconds } from "./survival/units.ts";

/** Packets lost each way, in percent. */
const losses = [0, 5, 10, 30, 50];

/** The number of sessions that live for a day, at each loss. */
const lives = 1_000;

/** The number of sessions that are killed, at each loss and round trip. */
const deaths = 20_000;

const survivalHead = [
  "loss each way",
  ...["alive after 24 h", "cycles confirmed", "heartbeats an hour"].flatMap(
    (figure) => [`${figure}: lifesign`, "single shot"],
  ),
];

const deathHead = [
  "round trip",
  ...["lifesign", "single shot"].flatMap(
    (policy) => [`${policy}: p50`, "p95", "p99", "never"],
  ),
];

async function main(args: readonly string[]): Promise<void> {
  const { seed } = readNumbers(args, { seed: 1 });
  const seeds = seededRandom(seed);
  const measure = async (about: Experiment["about"], sessions: number) => {
    using _ = progress(`simulating ${about}`);
    return await figuresOfAll(losses.map((loss) => ({
      about,
      loss: loss / 100,
      sessions,
      seed: Math.floor(seeds() * 2 ** 32),
    })));
  };

  console.log(`# Sessions on networks that lose packets

- seed ${seed}
- ${lives} sessions for each loss
- ${deaths} deaths for each loss and round trip`);
  const survival = await measure("survival", lives);
  for (const [k, silence] of silences.entries()) {
    console.log(`\n## Dropped after ${silence / 1000} s of silence\n`);
    console.log(table(survivalHead, survivalRows(survival, k)));
  }
  const noticed = await measure("deaths", deaths);
  for (const [k, loss] of losses.entries()) {
    console.log(`\n## Deaths noticed at ${loss} % loss each way\n`);
    console.log(table(deathHead, deathRows(noticed[k]!)));
  }
}

function survivalRows(survival: readonly Figures[], silence: number) {
  return losses.map((loss, k) => {
    const { lifesign, singleShot } = survival[k]!;
    const [alive, confirmed, perHour] = lifesign[silence]!;
    const single = singleShot[silence]!;
    return [
      `${loss} %`,
      ...[alive!, single[0]!, confirmed!, single[1]!].map(percent),
      ...[perHour!, single[2]!].map((rate) => rate.toFixed(1)),
    ];
  });
}

function deathRows({ lifesign, singleShot }: Figures) {
  return roundTrips.map((roundTrip, k) => [
    `${roundTrip} ms`,
    ...[lifesign, singleShot].flatMap((rows) => {
      const [p50, p95, p99, never] = rows[k]!;
      return [...[p50!, p95!, p99!].map(seconds), percent(never!)];
    }),
  ]);
}

if (import.meta.main) await reportFailure(main(Deno.args));
