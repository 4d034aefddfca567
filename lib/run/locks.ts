/**
 * Files that only one lifesign at a time may work with.
 *
 * @module
 */
import { distrust, nameOf } from "../config/trust.ts";
import { LifesignError } from "../errors.ts";
import {
  type Fault,
  isFault,
  lockedCode,
  type LockedFile,
  type World,
} from "../world.ts";

/** The time between two attempts to lock a file, in ms. */
const retryPeriodMs = 50;

/**
 * Locks a file, and waits for up to `timeoutMs` while another process holds
 * it; rejects with a `LifesignError` (`busy`) after that. `what` is what the
 * file is needed for, as an infinitive. Resolves to a fault if it can't be opened.
 */
export async function acquire(
  path: string,
  { files, clock }: Pick<World, "files" | "clock">,
  { what, timeoutMs, longest }: {
    readonly what: string;
    readonly timeoutMs: number;
    readonly longest: number;
  },
): Promise<LockedFile | Fault> {
  const until = clock.now() + timeoutMs;
  for (;;) {
    const locked = await files.lock(path, { longest });
    if (!isFault(locked) || locked.code !== lockedCode) return locked;
    if (clock.now() >= until) {
      const message = `${nameOf(path)}: Cannot ${what}: ${locked.message}`;
      throw new LifesignError([{ kind: "busy", message }]);
    }
    await new Promise<void>((resolve) =>
      clock.setTimer(Math.min(clock.now() + retryPeriodMs, until), resolve)
    );
  }
}

/** A file that holds anything else is none of ours, in bytes. */
const longestLock = 64;

/** What keeps a program from running twice. */
export interface ProgramLock {
  /**
   * Locks this file instead of the one before, `null` for none, and writes this
   * process's id into it. Rejects with a `LifesignError` if another process
   * holds it (`busy`), or if it can't be written or is something else
   * (`cantcreat`); the one before stays locked then.
   */
  hold(path: string | null): Promise<void>;
  /** Lets go. */
  release(): void;
}

/** Makes a lock that holds nothing yet. */
export function createProgramLock(
  world: Pick<World, "files" | "clock" | "pid">,
): ProgramLock {
  let held: LockedFile | null = null;
  let heldPath: string | null = null;
  return {
    async hold(path) {
      if (path === heldPath) return;
      const next = path === null ? null : await lockProgram(path, world);
      held?.release();
      held = next;
      heldPath = path;
    },
    release: () => held?.release(),
  };
}

async function lockProgram(
  path: string,
  world: Pick<World, "files" | "clock" | "pid">,
): Promise<LockedFile> {
  const what = "run";
  const file = await acquire(path, world, {
    what,
    timeoutMs: 0,
    longest: longestLock,
  });
  const reason = isFault(file)
    ? file.message
    : distrust(nameOf(path), file, world.files.user) ?? foreign(file) ??
      file.overwrite(`${world.pid}\n`)?.message;
  if (!isFault(file) && reason === undefined) return file;
  if (!isFault(file)) file.release();
  const message = `${nameOf(path)}: Cannot ${what}: ${reason}`;
  throw new LifesignError([{ kind: "cantcreat", message }]);
}

/** Why a file may not be written over; `undefined` if it may. */
function foreign({ bytes }: LockedFile): string | undefined {
  const isOurs = /^\d*\n?$/.test(new TextDecoder().decode(bytes));
  return isOurs ? undefined : "it holds something else than a process id";
}
