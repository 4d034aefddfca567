/**
 * Runs in the world what is decided by pure functions over records.
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
  /** How long the machine has been up, in ms. */
  readonly uptime: number;
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
 * A state, and what keeps it going: tells it events, applies the effects that it
 * asks for, and sets a timer for its deadline. A class, so that many share its
 * methods: there may be thousands, most of them at rest.
 */
export abstract class Machine<
  State,
  Event,
  Effect,
  MachineWorld extends Pick<World, "clock" | "random">,
> {
  /** The events that are being taken; `null` at rest. */
  private events: (Event | Time)[] | null = null;
  /** Cancels the timer that is set. */
  protected cancelTimer: () => void = noTimer;
  /** The deadline that it is set for, in monotonic ms; infinite if there is none. */
  protected timerAt: number = Infinity;
  /** Whether it was stopped, and takes no more events. */
  protected isStopped: boolean = false;

  /** Begins with a state, at rest. */
  constructor(
    protected readonly world: MachineWorld,
    protected state: State,
  ) {}

  /** What becomes of the state by an event, and what is to be done about it; pure. */
  protected abstract advance(
    event: Event | Time,
    moment: Moment,
  ): [State, Effect[]];

  /** Does what the state asks for. */
  protected abstract apply(effect: Effect): void;

  /** When the state has to be told the time at the latest, in monotonic ms; infinite for never. */
  protected abstract get deadline(): number;

  /** Takes events one after the other, also those that their effects cause at once. */
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
        uptime: clock.uptime(),
        random: random(),
      };
      const [state, effects] = this.advance(next, moment);
      this.state = state;
      for (const effect of effects) this.apply(effect);
    }
    this.events = null;
    if (!this.isStopped) this.setTimer();
  }

  /** Tells the state that its deadline has been reached. */
  protected onTimer(): void {
    this.timerAt = Infinity;
    this.dispatch({ type: "time" });
  }

  /** Takes no more events. */
  protected halt(): void {
    this.isStopped = true;
    this.cancelTimer();
  }

  /** Sets the timer anew if the deadline is another one. */
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
