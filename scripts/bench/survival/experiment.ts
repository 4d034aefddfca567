/**
 * What the benchmark finds out: experiments as plain data that a worker can be
 * sent, and the figures that come of them.
 *
 * @module
 */
import { type Random, seededRandom } from "../../../lib/random.ts";
import { percentile } from "../statistics.ts";
import { noticeDeaths, survive } from "./figures.ts";
import { lifesign, type Policy } from "./policy.ts";
import { singleShot } from "./single_shot.ts";

/** After how many ms of silence gateways drop a session. */
export const silences = [90_000, 150_000, 210_000];

/** The round trips that deaths are noticed over, in ms. */
export const roundTrips = [0, 200, 600, 1_500];

/** The round trip that sessions survive over, in ms. */
const shortTrip = 20;

/** One experiment; the same one has the same figures. */
export interface Experiment {
  /** What is found out. */
  readonly about: "survival" | "deaths";
  /** How probable it is that a packet is lost, each way; 0 to 1. */
  readonly loss: number;
  /** How many sessions there are of each kind. */
  readonly sessions: number;
  /** What all chance follows from. */
  readonly seed: number;
}

/**
 * Rows of figures. About survival a row for each of the {@linkcode silences}:
 * the share alive after 24 h, the share of cycles confirmed, datagrams an hour.
 * About deaths a row for each of the {@linkcode roundTrips}: the percentiles
 * 50, 95 and 99 in ms, and the share never noticed.
 */
export type Rows = readonly (readonly number[])[];

/** What came of an experiment. */
export interface Figures {
  /** With lifesign's engine. */
  readonly lifesign: Rows;
  /** With the model of a client that asks once. */
  readonly singleShot: Rows;
}

/** Makes an experiment. */
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
          ...[50, 95, 99].map((percent) => percentile(latencies, percent)),
          never / trial.sessions,
        ];
      });
  }
}
