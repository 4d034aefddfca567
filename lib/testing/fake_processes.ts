/**
 * Commands in virtual time that do what a test says.
 *
 * @module
 */
import type { Clock, CommandEnd, Fault, Processes } from "../world.ts";

/** What a command does. */
export interface FakeRun {
  /** After how many ms it ends by itself; `null` for never. */
  readonly after: number | null;
  /** Its exit status; 0 if absent. */
  readonly code?: number;
  /** Its exit status when it is killed; if absent, it dies of SIGTERM. */
  readonly trap?: number;
  /** The lines that it prints at its start; none if absent. */
  readonly prints?: readonly string[];
  /** Called when it exits. */
  readonly effect?: () => void;
}

/** A command that was started. */
export interface FakeCommand {
  /** Its text. */
  readonly command: string;
  /** The environment variables it was given. */
  readonly environment: Readonly<Record<string, string>>;
  /** When it was started, in monotonic ms. */
  readonly at: number;
  /** When it was first killed, in monotonic ms; `null` if it was not. */
  killed: number | null;
}

/** Processes that record. */
export interface FakeProcesses extends Processes {
  /** All commands, also those that could not be started. */
  readonly commands: readonly FakeCommand[];
}

/** What fake processes work with. */
export interface FakeProcessesOptions {
  /** The time. */
  readonly clock: Clock;
  /** Says what a command does, or why it can't be started. */
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
      const at = clock.now();
      const started: FakeCommand = { command, environment, at, killed: null };
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
