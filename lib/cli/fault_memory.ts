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

/** How long to wait while other `check`s work with the file, in ms. */
const patience = 5_000;

/** What was found out about a session. */
export interface Finding {
  /** Which one, by a name that stays the same from run to run. */
  readonly key: string;
  /** What was found out. */
  readonly verdict: Verdict;
}

/**
 * Adds what was found out to what the file says by now, and resolves to that:
 * other `check`s may have run meanwhile, and each counts, in the order in which
 * they get here. Rejects with a `LifesignError` if another process does not let
 * go of the file. A file that can't be used is warned about, nothing is
 * remembered then, and it is left as it is, since it may be something else.
 */
export async function rememberFaults(
  path: string,
  findings: readonly Finding[],
  { world, warn }: {
    readonly world: Pick<World, "files" | "clock">;
    readonly warn: (message: string) => void;
  },
): Promise<CheckState> {
  const file = await acquire(path, world, {
    what: "remember faults",
    patience,
    longest: longestState,
  });
  const state = isFault(file)
    ? file.message
    : await change(path, file, findings, world);
  if (!isFault(file)) file.release();
  if (typeof state !== "string") return state;
  warn(
    `${nameOf(path)}: Cannot remember faults: ${state}; none is tolerated`,
  );
  return new Map();
}

/** Resolves to the new state, or to why there is none. */
async function change(
  path: string,
  file: LockedFile,
  findings: readonly Finding[],
  { files }: Pick<World, "files">,
): Promise<CheckState | string> {
  const state = distrust(nameOf(path), file, files.user) ??
    parseState(new TextDecoder().decode(file.bytes));
  if (typeof state === "string") return state;
  const next = findings.reduce(
    (state, { key, verdict }) => remember(state, key, verdict),
    state,
  );
  const text = formatState(next);
  if (text === formatState(state)) return next;
  const options = { mode: 0o600, isDurable: true };
  const fault = await files.replace(path, text, options);
  return fault === null ? next : fault.message;
}
