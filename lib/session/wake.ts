/**
 * Notices that the machine was suspended. Timers stand still meanwhile, so
 * that without this a heartbeat could come up to an interval after the wake.
 *
 * @module
 */
import type { Clock } from "../world.ts";

/** How often to look, in ms: within 5 s after a wake a cycle has to run. */
const period = 4_000;

/** A shorter suspend is not noticed, since the clock that counts it has a resolution of 1 s; in ms. */
const shortest = 2_000;

/** Calls back soon after each suspend of the machine; returns what ends that. */
export function watchForWake(clock: Clock, onWake: () => void): () => void {
  const asleep = () => clock.uptime() - clock.now();
  let before = asleep();
  let cancel = () => {};
  const look = () => {
    const now = asleep();
    const wasAsleep = now - before >= shortest;
    before = now;
    setTimer();
    if (wasAsleep) onWake();
  };
  const setTimer = () => {
    cancel = clock.setTimer(clock.now() + period, look);
  };
  setTimer();
  return () => cancel();
}
