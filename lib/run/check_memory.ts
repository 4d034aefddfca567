/**
 * What `check --state FILE` remembers from run to run.
 *
 * @module
 */
import { type Resolution, unknownResolution } from "../session/targets.ts";
import { distrust, nameOf } from "../config/trust.ts";
import {
  type CheckState,
  type Finding,
  formatState,
  longestState,
  parseState,
  remember,
  type SessionMemory,
} from "../status/check_state.ts";
import {
  type Clock,
  type FileContent,
  isFault,
  type LockedFile,
  type World,
} from "../world.ts";
import { acquire } from "./locks.ts";

/** How long to wait while other `check`s work with the file, in ms. */
const lockTimeoutMs = 5_000;

/** What was found out about a session. */
export interface KeyedFinding extends Finding {
  /** Which one, by a name that stays the same from run to run. */
  readonly key: string;
}

/** Reads what earlier checks remembered; nothing if the file can't be used: {@linkcode rememberFindings} warns of that. */
export async function recall(
  path: string,
  { files }: Pick<World, "files">,
): Promise<CheckState> {
  const file = await files.read(path, { longest: longestState, pipes: false });
  const state = isFault(file) ? null : stateIn(path, file, files.user);
  return state === null || typeof state === "string" ? new Map() : state;
}

/**
 * Adds findings to what the file says by now, since other `check`s may have run
 * meanwhile, and resolves to the result. Rejects with a `LifesignError` if
 * another process keeps the file locked. Warns of a file that can't be used, and
 * leaves it as it is, since it may be something else.
 */
export async function rememberFindings(
  path: string,
  findings: readonly KeyedFinding[],
  { world, warn }: {
    readonly world: Pick<World, "files" | "clock">;
    readonly warn: (message: string) => void;
  },
): Promise<CheckState> {
  const file = await acquire(path, world, {
    what: "remember faults",
    timeoutMs: lockTimeoutMs,
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
  findings: readonly KeyedFinding[],
  { files }: Pick<World, "files">,
): Promise<CheckState | string> {
  const state = stateIn(path, file, files.user);
  if (typeof state === "string") return state;
  const next = findings.reduce(
    (state, { key, ...finding }) => remember(state, key, finding),
    state,
  );
  const text = formatState(next);
  if (text === formatState(state)) return next;
  const options = { mode: 0o600, isDurable: true };
  const fault = await files.replace(path, text, options);
  return fault === null ? next : fault.message;
}

/** The state that a file holds, or why it can't be used. */
function stateIn(
  path: string,
  file: FileContent,
  user: number,
): CheckState | string {
  return distrust(nameOf(path), file, user) ??
    parseState(new TextDecoder().decode(file.bytes));
}

/** What was remembered of a gateway's address; only its name if nothing was. */
export function resolutionOf(
  memory: SessionMemory | undefined,
  host: string,
  clock: Pick<Clock, "now" | "wallTime">,
): Resolution {
  const { answered = null, silence = null } = memory ?? {};
  return {
    ...unknownResolution(host),
    answered,
    silence: silence && {
      ...silence,
      hosts: silence.hosts ?? [],
      since: clock.now() - Math.max(0, clock.wallTime() - silence.since),
    },
  };
}

/** What to remember of a gateway's address. */
export function memoryOf(
  { answered, silence }: Resolution,
  clock: Pick<Clock, "now" | "wallTime">,
): Omit<SessionMemory, "faults"> {
  return {
    answered,
    silence: silence && {
      ...silence,
      since: Math.round(clock.wallTime() - (clock.now() - silence.since)),
    },
  };
}
