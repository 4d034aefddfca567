/**
 * The faults that `check --state FILE` remembers from run to run.
 *
 * @module
 */
import { distrust, nameOf } from "../config/trust.ts";
import {
  type CheckState,
  formatState,
  longestState,
  parseState,
  remember,
} from "../status/check_state.ts";
import type { Verdict } from "../verdict.ts";
import { isFault, type LockedFile, type World } from "../world.ts";
import { acquire } from "./locks.ts";

/** How long to wait while another `check` works with the file, in ms. */
const patience = 5_000;

/** What was found out about a session. */
export interface Finding {
  /** Which one, by a name that stays the same from run to run. */
  readonly key: string;
  /** What was found out. */
  readonly verdict: Verdict;
}

/** A memory that is open, and that no other process can change. */
export interface FaultMemory {
  /** Remembers what was found out, and lets go; resolves to the faults in a row by session, to none if they could not be remembered. */
  add(findings: readonly Finding[]): Promise<CheckState>;
}

/** Remembers nothing. */
export const noMemory: FaultMemory = {
  add: () => Promise.resolve(new Map()),
};

/**
 * Opens a memory; rejects with a `LifesignError` if another process does not
 * let go. A file that can't be used is warned about, and remembers nothing: it
 * is left as it is, since it may be something else.
 */
export async function openMemory(
  path: string,
  world: Pick<World, "files" | "clock">,
  warn: (message: string) => void,
): Promise<FaultMemory> {
  const tell = (reason: string) =>
    warn(
      `${nameOf(path)}: Cannot remember faults: ${reason}; none is tolerated`,
    );
  const file = await acquire(path, world, {
    what: "remember faults",
    patience,
    longest: longestState,
  });
  if (isFault(file)) {
    tell(file.message);
    return noMemory;
  }
  const state = stateOf(path, file, world.files.user);
  if (typeof state === "string") {
    tell(state);
    file.release();
    return noMemory;
  }
  return {
    async add(findings) {
      const next = findings.reduce(
        (state, { key, verdict }) => remember(state, key, verdict),
        state,
      );
      const text = formatState(next);
      const fault = text === formatState(state)
        ? null
        : await world.files.replace(path, text, {
          mode: 0o600,
          isDurable: true,
        });
      file.release();
      if (fault === null) return next;
      tell(fault.message);
      return new Map();
    },
  };
}

function stateOf(
  path: string,
  file: LockedFile,
  user: number,
): CheckState | string {
  return distrust(nameOf(path), file, user) ??
    parseState(new TextDecoder().decode(file.bytes));
}
