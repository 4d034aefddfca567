/**
 * Statistics of many simulated sessions.
 *
 * @module
 */
import { type Conditions, endOf, type Life, live } from "./life.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** A death that goes unnoticed longer counts as never noticed, in ms. */
const neverAfterMs = hour;

/** The conditions of many sessions. */
export interface Trial
  extends Pick<Conditions, "policy" | "loss" | "roundTrip" | "random"> {
  /** The number of sessions. */
  readonly sessions: number;
}

/** The survival of sessions at one gateway, each up to its end. */
export interface Survival {
  /** The share of sessions alive after 24 h. */
  readonly alive: number;
  /** The share of cycles with the verdict alive. */
  readonly confirmed: number;
  /** Datagrams per hour and session. */
  readonly perHour: number;
}

/** What {@linkcode survive} adds up. */
interface Sum {
  alive: number;
  cycles: number;
  confirmed: number;
  sent: number;
  time: number;
}

/**
 * Simulates a day at gateways that drop sessions after different silences in
 * ms. Each session is simulated once, since it is the same at all gateways until
 * it is dropped.
 */
export function survive(
  { sessions, ...conditions }: Trial,
  silences: readonly number[],
): Survival[] {
  const silence = Math.max(...silences);
  const sums = silences.map((): Sum => ({
    alive: 0,
    cycles: 0,
    confirmed: 0,
    sent: 0,
    time: 0,
  }));
  for (let n = 0; n < sessions; n++) {
    // The cycle that is under way after a day may end, and the next one, too.
    const until = day + 2 * minute;
    const life = live({ ...conditions, silence, until });
    for (const [k, sum] of sums.entries()) add(sum, life, silences[k]!);
  }
  return sums.map(({ alive, cycles, confirmed, sent, time }) => ({
    alive: alive / sessions,
    confirmed: confirmed / cycles,
    perHour: sent * hour / time,
  }));
}

/** Adds the cycles before the end of a life, each with the time up to the next one. */
function add(sum: Sum, { arrived, cycles }: Life, silence: number): void {
  const end = Math.min(endOf(arrived, silence), day);
  if (end === day) sum.alive++;
  for (const [k, { at, sent, alive }] of cycles.entries()) {
    if (at >= end) break;
    sum.cycles++;
    sum.sent += sent;
    sum.time += (cycles[k + 1]?.at ?? end) - at;
    if (alive) sum.confirmed++;
  }
}

/**
 * The times until deaths are noticed in ms, sorted; infinite for never. Each
 * session is killed at a random moment of its second five minutes.
 */
export function noticeDeaths({ sessions, ...conditions }: Trial): number[] {
  const latencies = Array.from({ length: sessions }, () => {
    const killedAt = 5 * minute * (1 + conditions.random());
    const until = killedAt + neverAfterMs;
    return live({ ...conditions, killedAt, until }).noticedAt - killedAt;
  });
  return latencies.sort((a, b) => a === b ? 0 : a - b);
}
