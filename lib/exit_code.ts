/**
 * The table of exit codes.
 *
 * @module
 */
import type { MistakeKind } from "./errors.ts";
import { classOf, type Verdict } from "./verdict.ts";

/** A row of the table of exit codes. */
export interface ExitCodeRow {
  /** The status that a shell finds in `$?`. */
  readonly code: number;
  /** Its name for scripts; absent if they have no use for it. */
  readonly name?: string;
  /** What it means, in Markdown. */
  readonly means: string;
  /** The commands that end with it, in Markdown. */
  readonly from: string;
}

/** The exit statuses of a plugin for monitors (`check --nagios`), which know no others. */
export type PluginCode = 0 | 2 | 3;

/** All exit codes, in ascending order. */
export const exitCodes = [
  {
    code: 0,
    name: "OK",
    means: "session alive; `run`, `watch`: ended by SIGTERM or `q`",
    from: "`check`, `run`, `watch`, `status`, `doctor`",
  },
  {
    code: 1,
    means:
      "internal crash of lifesign or its runtime; it says nothing about the session",
    from: "all",
  },
  {
    code: 10,
    name: "DEAD",
    means: "the gateway says the session is dead",
    from: "`check`, `run`, `watch`, `status`, `doctor`",
  },
  {
    code: 20,
    name: "SILENT",
    means: "no verdict could be reached",
    from:
      "`check`, `status`, `doctor`; `run`, `watch` with `--count` or `--give-up-after`",
  },
  {
    code: 21,
    name: "UNSENDABLE",
    means: "nothing left this machine",
    from: "same",
  },
  {
    code: 22,
    name: "UNRESOLVED",
    means: "the gateway's name did not resolve",
    from: "same",
  },
  {
    code: 23,
    name: "GARBLED",
    means: "answers, none valid",
    from: "same",
  },
  {
    code: 30,
    name: "STALE",
    means: "no agent has reported lately",
    from: "`status`",
  },
  {
    code: 64,
    name: "USAGE",
    means:
      "unknown command, flag or session; a flag without its value; a password in a target",
    from: "all",
  },
  {
    code: 66,
    name: "NOINPUT",
    means:
      "a file that the user named is missing or unreadable, or holds no UID",
    from: "all",
  },
  {
    code: 73,
    name: "CANTCREAT",
    means:
      "a file can't be written or `gateway` can't listen, at start; or a result is not written whole",
    from: "all",
  },
  {
    code: 75,
    name: "BUSY",
    means: "another lifesign holds the lock",
    from: "`run`, `watch`, `check --state`",
  },
  {
    code: 78,
    name: "CONFIG",
    means: "a setting is missing or wrong, wherever it came from",
    from: "all",
  },
  {
    code: 130,
    means:
      "SIGINT: clean up, then die of the signal itself, so that a shell loop around lifesign ends too",
    from: "all",
  },
] as const satisfies readonly ExitCodeRow[];

/** An exit code of lifesign. */
export type ExitCode = typeof exitCodes[number]["code"];

const ofVerdict = {
  alive: 0,
  dead: 10,
  silent: 20,
  unsendable: 21,
  unresolved: 22,
  garbled: 23,
} as const satisfies Record<Verdict, ExitCode>;

/** In order of precedence: the first kind among several mistakes decides. */
const ofMistake = {
  usage: 64,
  config: 78,
  noinput: 66,
  cantcreat: 73,
  busy: 75,
} as const satisfies Record<MistakeKind, ExitCode>;

/** The code for one session's verdict. */
export function exitCodeOf(verdict: Verdict): ExitCode {
  return ofVerdict[verdict];
}

/** The worst verdict: dead, then the fault with the largest code, then alive; `undefined` for none. */
export function worst(verdicts: readonly Verdict[]): Verdict | undefined {
  return verdicts.toSorted((a, b) => rank(b) - rank(a))[0];
}

function rank(verdict: Verdict): number {
  return classOf(verdict) === "dead" ? 100 : ofVerdict[verdict];
}

/** The code for one or more mistakes; `usage` decides before `config`, `noinput`, `cantcreat` and `busy`. */
export function exitCodeOfMistakes(kinds: readonly MistakeKind[]): ExitCode {
  const order = Object.keys(ofMistake) as MistakeKind[];
  return ofMistake[order.find((kind) => kinds.includes(kind)) ?? "config"];
}
