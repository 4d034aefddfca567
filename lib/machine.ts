/**
 * Carries out in the world what pure functions over records decide.
 *
 * @module
 */
import type { World } from "./world.ts";

/** A moment at which something happens. */
export interface Moment {
  /** Monotonic time in ms. */
  readonly now: number;
  /** Wall-clock time in ms since 1970. */
  readonly wallTime: number;
  /** Chance, from 0 up to 1. */
  readonly random: number;
}

/** The deadline has been reached. */
export interface Time {
  /** Tells it from other events. */
  readonly type: "time";
}

const noTimer = () => {};

/**
 * A state, and what keeps it going: dispatches events, applies effects, and sets a
 * timer for the deadline. A class, so that thousands share its methods.
 */
export abstract class Machine<
  State,
  Event,
  Effect,
  MachineWorld extends Pick<World, "clock" | "random">,
> {
  /** The events of the dispatch under way; `null` without one. */
  private events: (Event | Time)[] | null = null;
  /** Cancels the timer that is set. */
  protected cancelTimer: () => void = noTimer;
  /** The deadline that it is set for, in monotonic ms; infinite if there is none. */
  protected timerAt: number = Infinity;
  /** Whether it ignores all further events. */
  protected isStopped: boolean = false;

  /** Begins with a state, at rest. */
  constructor(
    protected readonly world: MachineWorld,
    protected state: State,
  ) {}

  /** The state after an event, and what has to be done; pure. */
  protected abstract advance(
    event: Event | Time,
    moment: Moment,
  ): [State, Effect[]];

  /** Carries out an effect. */
  protected abstract apply(effect: Effect): void;

  /** When the state has to act next without an event, in monotonic ms; infinite for never. */
  protected abstract get deadline(): number;

  /** Applies an event, and then those that its effects cause, one after the other. */
  protected dispatch(event: Event | Time): void {
    if (this.events !== null) {
      this.events.push(event);
      return;
    }
    const { clock, random } = this.world;
    this.events = [event];
    for (const next of this.events) {
      if (this.isStopped) break;
      const moment = {
        now: clock.now(),
        wallTime: clock.wallTime(),
        random: random(),
      };
      const [state, effects] = this.advance(next, moment);
      this.state = state;
      for (const effect of effects) this.apply(effect);
    }
    this.events = null;
    if (!this.isStopped) this.setTimer();
  }

  /** Dispatches that the deadline has been reached. */
  protected onTimer(): void {
    this.timerAt = Infinity;
    this.dispatch({ type: "time" });
  }

  /** Ignores all further events. */
  protected halt(): void {
    this.isStopped = true;
    this.cancelTimer();
  }

  /** Sets the timer again if the deadline has changed. */
  private setTimer(): void {
    const at = this.deadline;
    if (at === this.timerAt) return;
    const { cancelTimer, world: { clock } } = this;
    this.timerAt = at;
    this.cancelTimer = at === Infinity
      ? noTimer
      : clock.setTimer(at, () => this.onTimer());
    cancelTimer();
  }
}
