/**
 * What many sessions have in common.
 *
 * @module
 */
import { type Conditions, endOf, type Life, live } from "./life.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How long a death may go unnoticed before that counts as never. */
const patience = hour;

/** What is done to how many sessions. */
export interface Trial
  extends Pick<Conditions, "policy" | "loss" | "roundTrip" | "random"> {
  /** How many there are. */
  readonly sessions: number;
}

/** How sessions did at one gateway, each up to its end there. */
export interface Survival {
  /** The share of sessions that were alive after 24 h. */
  readonly alive: number;
  /** The share of cycles whose verdict was alive. */
  readonly confirmed: number;
  /** Datagrams sent per hour and session. */
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
 * How sessions survive a day at gateways that drop them after so many ms of
 * silence. Until it is dropped a session is the same at all of them, so each
 * lives only once.
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

/** Adds the cycles that began before a life's end, each with the time up to the next one. */
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
 * How long deaths go unnoticed, in ms, the shortest first; infinite for never.
 * Each session is killed at some moment of its second five minutes.
 */
export function noticeDeaths({ sessions, ...conditions }: Trial): number[] {
  const latencies = Array.from({ length: sessions }, () => {
    const killedAt = 5 * minute * (1 + conditions.random());
    const until = killedAt + patience;
    return live({ ...conditions, killedAt, until }).noticedAt - killedAt;
  });
  return latencies.sort((a, b) => a === b ? 0 : a - b);
}
