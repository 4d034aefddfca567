/**
 * What all probes have in common.
 *
 * @module
 */
import { Machine } from "../machine.ts";
import type { World } from "../world.ts";

/** How long to wait at most for what arrived while this process did not run, in ms. */
const longestCatchUpMs = 250;

/**
 * A machine that waits for answers. Those that arrived while this process did not
 * run come before its deadline.
 */
export abstract class ProbeMachine<
  State,
  Event,
  Effect,
  MachineWorld extends Pick<World, "clock" | "random">,
> extends Machine<State, Event, Effect, MachineWorld> {
  /** Waits a moment for them. */
  protected override onTimer(): void {
    // As long again as the timer is late. `timerAt` stays, so that a flood of
    // answers can't delay this again.
    const { clock } = this.world;
    const now = clock.now();
    const late = Math.min(now - this.timerAt, longestCatchUpMs);
    this.cancelTimer = clock.setTimer(now + late, () => super.onTimer());
  }
}
