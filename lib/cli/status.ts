/**
 * `lifesign status`: what a running agent last found out.
 *
 * @module
 */
import { load } from "../config/load.ts";
import { didYouMean } from "../config/nearest.ts";
import { mistakesOf } from "../config/origin.ts";
import { quote, show } from "../config/quote.ts";
import {
  agentSettings,
  fileSettings,
  type SettingsTable,
} from "../config/settings.ts";
import { expandHome } from "../config/sources.ts";
import { distrust, nameOf } from "../config/trust.ts";
import { LifesignError, type Mistake } from "../errors.ts";
import { type ExitCode, exitCodeOf, worst } from "../exit_code.ts";
import {
  parseDocument,
  type SessionRecord,
  type StatusDocument,
} from "../status/status_document.ts";
import { isFault, type World } from "../world.ts";
import type { Arguments } from "./arguments.ts";
import { formatRtt, formatShare, formatSpan } from "./figures.ts";
import {
  type Command,
  jsonSwitch,
  quietSwitch,
  readFlags,
  refuse,
  requestOf,
} from "./invocation.ts";

/** No status is longer, in bytes. */
const longest = 64 * 1024 * 1024;

const { statusFile } = agentSettings;

const fileSetting: SettingsTable<{ statusFile: string | null }> = {
  statusFile: { ...statusFile, help: "what run writes there, if it is set" },
};

/** Shows the status. */
export const status: Command = {
  name: "status",
  operands: "[SESSION…]",
  summary:
    "what the running agent last found out, without touching the network",
  details:
    `The exit status is that of the last verdict. It is 30 if the agent is gone, but
10 stays 10: a session that has died does not come back by itself.`,
  settings: { ...fileSetting, ...fileSettings },
  switches: [jsonSwitch, quietSwitch],
  async run(args, world) {
    world.revokeRun();
    const { clock, terminal } = world;
    const path = await pathFrom(args, world);
    const document = await read(path, world);
    const now = clock.wallTime();
    const sessions = document === null ? [] : select(document, args.operands);
    const state = stateOf(document, now);
    const exitCode = codeOf(state, sessions);
    if (args.switches.has(quietSwitch.flag) && exitCode === 0) return exitCode;
    terminal.write(
      args.switches.has(jsonSwitch.flag)
        ? `${JSON.stringify(jsonOf({ document, sessions, state, exitCode }))}\n`
        : document === null
        ? `${nameOf(path)}: no agent has written this file\n`
        : textOf({ document, sessions, state, now }),
    );
    return exitCode;
  },
};

/** Where the status is; throws a `LifesignError` if nothing says that. */
async function pathFrom(
  args: Arguments,
  world: Pick<World, "environment" | "files">,
): Promise<string> {
  // Whoever names the file has no need of other settings.
  const isNamed = args.layer["statusFile"] !== undefined &&
    args.layer["config"] === undefined;
  const path = isNamed ? fromFlag(args) : await fromSettings(args, world);
  return expandHome(path, world.environment.get);
}

function fromFlag(args: Arguments): string {
  const resolved = readFlags(fileSetting, args);
  const findings = "findings" in resolved ? resolved.findings : [];
  refuse([...args.mistakes, ...mistakesOf(findings)]);
  return args.layer["statusFile"]!.text;
}

async function fromSettings(
  args: Arguments,
  world: Pick<World, "environment" | "files">,
): Promise<string> {
  // The names are those in the status.
  const request = { ...requestOf(args, "show"), names: [] };
  const { agent, mistakes } = await load(request, world);
  refuse([...args.mistakes, ...mistakes]);
  const path = "settings" in agent ? agent.settings.statusFile : null;
  if (path !== null) return path;
  const message =
    'Cannot find a status: no file is named, --status-file, LIFESIGN_STATUS_FILE or a line "status_file = FILE" is wanted';
  throw new LifesignError([{
    kind: "config",
    message: `lifesign: ${message}`,
  }]);
}

/** Reads the status; `null` if there is none. Rejects with a `LifesignError` if it is not to be relied on. */
async function read(
  path: string,
  { files }: Pick<World, "files">,
): Promise<StatusDocument | null> {
  const name = nameOf(path);
  const file = await files.read(path, { longest, pipes: false });
  if (isFault(file)) {
    if (file.code === "ENOENT") return null;
    throw cannot("noinput", `${name}: Cannot read the status: ${file.message}`);
  }
  const reason = distrust(name, file, files.user);
  if (reason !== null) {
    throw cannot("config", `${name}: Cannot trust the status: ${reason}`);
  }
  try {
    return parseDocument(new TextDecoder().decode(file.bytes));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw cannot(
      "noinput",
      `${name}: Cannot read the status: ${error.message}`,
    );
  }
}

function cannot(kind: Mistake["kind"], message: string): LifesignError {
  return new LifesignError([{ kind, message }]);
}

/** The sessions that are asked for, all if none is named. Throws a `LifesignError` if one is not there. */
function select(
  { sessions }: StatusDocument,
  names: readonly string[],
): readonly SessionRecord[] {
  const known = sessions.map(({ session }) => session);
  refuse(
    names.filter((name) => !known.includes(name)).map((name) => ({
      kind: "usage",
      message: `lifesign: Cannot find a session ${
        quote(name)
      }: one that the agent keeps alive is wanted${didYouMean(name, known)}`,
    })),
  );
  return names.length === 0
    ? sessions
    : sessions.filter(({ session }) => names.includes(session));
}

/** What has become of the agent. */
type AgentState =
  /** It reports. */
  | "running"
  /** It has ended, or has another status file by now. */
  | "stopped"
  /** It ought to have reported. */
  | "stale"
  /** There has been none. */
  | "absent";

function stateOf(document: StatusDocument | null, now: number): AgentState {
  if (document === null) return "absent";
  if (document.stopped !== null) return "stopped";
  const { stale_after } = document;
  return stale_after !== null && now > Date.parse(stale_after)
    ? "stale"
    : "running";
}

function codeOf(
  state: AgentState,
  sessions: readonly SessionRecord[],
): ExitCode {
  const verdicts = sessions.map(({ verdict }) => verdict);
  if (verdicts.includes("dead")) return exitCodeOf("dead");
  const known = verdicts.filter((verdict) => verdict !== null);
  const isKnown = state === "running" && known.length === verdicts.length;
  return isKnown ? exitCodeOf(worst(known) ?? "alive") : 30;
}

/** What is shown. */
interface View {
  readonly document: StatusDocument | null;
  readonly sessions: readonly SessionRecord[];
  readonly state: AgentState;
}

function jsonOf(
  { document, sessions, state, exitCode }: View & {
    readonly exitCode: ExitCode;
  },
): object {
  const known = sessions.map(({ verdict }) => verdict)
    .filter((verdict) => verdict !== null);
  const { sessions: _sessions, ...agent } = document ?? { sessions: [] };
  return {
    verdict: worst(known) ?? null,
    exit_code: exitCode,
    state,
    agent: document && agent,
    sessions,
  };
}

function textOf(
  { document, sessions, state, now }: View & {
    readonly document: StatusDocument;
    readonly now: number;
  },
): string {
  const rows = [
    [
      "SESSION",
      "VERDICT",
      "SINCE",
      "LAST ALIVE",
      "RTT MIN/AVG/MAX",
      "NO LIFE 15M/24H",
      "NEXT",
    ],
    ...sessions.map((session) => [
      show(session.session),
      session.verdict ?? "none yet",
      ago(session.since, now) ?? "-",
      ago(session.last_alive, now) ?? "never",
      formatRtt(session.rtt_min_ms, session.rtt_avg_ms, session.rtt_max_ms),
      [session.without_alive_15min, session.without_alive_24h].map(formatShare)
        .join("/"),
      state === "running" ? until(session.next_cycle, now) : "-",
    ]),
  ];
  return [agentLine(document, state, now), ...align(rows)].join("\n") + "\n";
}

function agentLine(
  { version, pid, updated, stale_after, stopped, exit_code }: StatusDocument,
  state: AgentState,
  now: number,
): string {
  const who = `lifesign ${show(version)}, process ${pid}`;
  switch (state) {
    case "stopped":
      return exit_code === null
        ? `${who}: goes on in another status file, since ${ago(stopped, now)}`
        : `${who}: ended ${ago(stopped, now)} with status ${exit_code}`;
    case "stale":
      return `${who}: gone, last report ${
        ago(updated, now)
      }, the next one was due ${ago(stale_after, now)}`;
    default:
      return `${who}: last report ${ago(updated, now)}`;
  }
}

/** Columns as wide as their widest cell. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, at) =>
    rows.reduce((width, row) => Math.max(width, row[at]!.length), 0)
  );
  return rows.map((row) =>
    row.map((cell, at) => cell.padEnd(widths[at]!)).join("  ").trimEnd()
  );
}

function ago(time: string | null, now: number): string | null {
  return time === null ? null : `${formatSpan(now - Date.parse(time))} ago`;
}

function until(time: string | null, now: number): string {
  if (time === null) return "none";
  const left = Date.parse(time) - now;
  return left <= 0 ? "now" : `in ${formatSpan(left)}`;
}
