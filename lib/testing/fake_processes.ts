/**
 * Commands that run in virtual time, and do what a test says.
 *
 * @module
 */
import type { Clock, CommandEnd, Fault, Processes } from "../world.ts";

/** What becomes of a command. */
export interface FakeRun {
  /** After so many ms it ends by itself; `null` for never. */
  readonly after: number | null;
  /** Its exit status; 0 if absent. */
  readonly code?: number;
  /** Its exit status when it is killed; if absent it dies of SIGTERM. */
  readonly trap?: number;
  /** The lines that it prints at once. */
  readonly prints?: readonly string[];
  /** What it has done when it exits. */
  readonly effect?: () => void;
}

/** A command that was started. */
export interface FakeCommand {
  /** Its text. */
  readonly command: string;
  /** What it was given. */
  readonly environment: Readonly<Record<string, string>>;
  /** When it was started, in monotonic ms. */
  readonly at: number;
  /** When it was killed for the first time, in monotonic ms; `null` if it was not. */
  readonly killed: number | null;
}

/** Processes that remember. */
export interface FakeProcesses extends Processes {
  /** All commands that were started, also those that could not be. */
  readonly commands: readonly FakeCommand[];
}

/** What fake processes work with. */
export interface FakeProcessesOptions {
  /** The time. */
  readonly clock: Clock;
  /** Says what becomes of a command. */
  readonly run: (command: FakeCommand) => FakeRun | Fault;
}

/** Makes processes. One that is killed takes 10 ms to end. */
export function createFakeProcesses(
  { clock, run }: FakeProcessesOptions,
): FakeProcesses {
  const commands: FakeCommand[] = [];
  return {
    commands,
    start(command, { environment, onEnd, onOutput }) {
      const started = {
        command,
        environment,
        at: clock.now(),
        killed: null as number | null,
      };
      commands.push(started);
      const fate = run(started);
      if ("message" in fate) return fate;
      for (const line of fate.prints ?? []) onOutput?.(line);
      let isOver = false;
      const { after, code = 0, trap, effect = () => {} } = fate;
      const end = (ms: number, how: CommandEnd) =>
        clock.setTimer(clock.now() + ms, () => {
          if (isOver) return;
          isOver = true;
          if ("code" in how) effect();
          onEnd(how);
        });
      const cancel = after === null ? () => {} : end(after, { code });
      return {
        kill() {
          started.killed ??= clock.now();
          cancel();
          if (isOver) return;
          end(10, trap === undefined ? { signal: "SIGTERM" } : { code: trap });
        },
      };
    },
  };
}
