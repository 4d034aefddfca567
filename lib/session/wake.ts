/**
 * Notices that the machine was suspended. Timers stand still meanwhile, so
 * that without this a heartbeat could come up to an interval after the wake.
 *
 * @module
 */
import type { Clock } from "../world.ts";

/** The time between two looks, in ms: a cycle has to run within 5 s after a wake. */
const lookPeriod = 4_000;

/** The shortest suspend that is noticed, in ms: the uptime has a resolution of 1 s. */
const shortestSuspend = 2_000;

/** Calls back soon after each suspend of the machine; returns what ends that. */
export function watchForWake(clock: Clock, onWake: () => void): () => void {
  const asleep = () => clock.uptime() - clock.now();
  let before = asleep();
  let cancel = () => {};
  const look = () => {
    const now = asleep();
    const wasAsleep = now - before >= shortestSuspend;
    before = now;
    setTimer();
    if (wasAsleep) onWake();
  };
  const setTimer = () => {
    cancel = clock.setTimer(clock.now() + lookPeriod, look);
  };
  setTimer();
  return () => cancel();
}
