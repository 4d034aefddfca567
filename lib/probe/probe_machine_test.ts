import { assertEquals } from "@std/assert";
import type { Moment, Time } from "../machine.ts";
import { ProbeMachine } from "./probe_machine.ts";
import {
  createVirtualClock,
  type VirtualClock,
} from "../testing/virtual_clock.ts";

interface TestWorld {
  readonly clock: VirtualClock;
  readonly random: () => number;
}

/** Waits for an answer until 100 ms, and writes down what happens. */
class Waiter
  extends ProbeMachine<string, { type: string } | Time, never, TestWorld> {
  readonly lines: string[] = [];

  get deadline(): number {
    return this.state === "time" ? Infinity : 100;
  }

  hear(type: string): void {
    this.dispatch({ type });
  }

  protected advance(
    event: { type: string },
    { now }: Moment,
  ): [string, never[]] {
    this.lines.push(`${now} ${event.type}`);
    return [this.state === "time" ? "time" : event.type, []];
  }

  protected apply(): void {}
}

Deno.test("ProbeMachine does first what arrived while the process did not run, though not for ever", () => {
  const rows: [due: number, arrivals: number[], lines: string[]][] = [
    [100, [], ["0 begin", "100 time"]],
    [400, [400, 410], ["0 begin", "400 answer", "410 answer", "650 time"]],
    [110, [115, 125], ["0 begin", "115 answer", "120 time", "125 answer"]],
  ];
  for (const [due, arrivals, lines] of rows) {
    const virtual = createVirtualClock();
    const clock = {
      ...virtual,
      now: virtual.now,
      // The timer is late.
      setTimer: (at: number, callback: () => void) =>
        virtual.setTimer(at === 100 ? due : at, callback),
    };
    const waiter = new Waiter({ clock, random: () => 0 }, "");
    waiter.hear("begin");
    for (const at of arrivals) {
      virtual.setTimer(at, () => waiter.hear("answer"));
    }
    virtual.runUntil(1_000);
    assertEquals(waiter.lines, lines);
  }
});
