/**
 * The experiments of the benchmark and their figures, as plain data for workers.
 *
 * @module
 */
import { type Random, seededRandom } from "../../../lib/random.ts";
import { quantile } from "../../../lib/report/figures.ts";
import { noticeDeaths, survive } from "./figures.ts";
import { lifesign, type Policy } from "./policy.ts";
import { singleShot } from "./single_shot.ts";

/** The silences in ms after which gateways drop a session. */
export const silences = [90_000, 150_000, 210_000];

/** The round trips of the experiments on deaths, in ms. */
export const roundTrips = [0, 200, 600, 1_500];

/** The round trip of the experiments on survival, in ms. */
const shortTrip = 20;

/** An experiment. Equal experiments have equal figures. */
export interface Experiment {
  /** Its subject. */
  readonly about: "survival" | "deaths";
  /** The probability that a packet is lost each way, from 0 to 1. */
  readonly loss: number;
  /** The number of sessions of each kind. */
  readonly sessions: number;
  /** The seed of its randomness. */
  readonly seed: number;
}

/**
 * Rows of figures. About survival a row for each of the {@linkcode silences}:
 * the share alive after 24 h, the share of cycles confirmed, datagrams an hour.
 * About deaths a row for each of the {@linkcode roundTrips}: the percentiles
 * 50, 95 and 99 in ms, and the share never noticed.
 */
export type Rows = readonly (readonly number[])[];

/** The result of an experiment. */
export interface Figures {
  /** The rows of lifesign's engine. */
  readonly lifesign: Rows;
  /** The rows of the model that asks once. */
  readonly singleShot: Rows;
}

/** Runs an experiment. */
export function figuresOf({ seed, ...experiment }: Experiment): Figures {
  const random = seededRandom(seed);
  return {
    lifesign: rowsOf(lifesign, { ...experiment, random }),
    singleShot: rowsOf(singleShot, { ...experiment, random }),
  };
}

function rowsOf(
  policy: Policy,
  { about, ...conditions }: Omit<Experiment, "seed"> & { random: Random },
): Rows {
  const trial = { ...conditions, policy };
  switch (about) {
    case "survival":
      return survive({ ...trial, roundTrip: shortTrip }, silences)
        .map(({ alive, confirmed, perHour }) => [alive, confirmed, perHour]);
    case "deaths":
      return roundTrips.map((roundTrip) => {
        const latencies = noticeDeaths({ ...trial, roundTrip });
        const never = latencies.filter((it) => it === Infinity).length;
        return [
          ...[0.5, 0.95, 0.99].map((share) => quantile(latencies, share)),
          never / trial.sessions,
        ];
      });
  }
}
