/**
 * `lifesign status`: what a running agent last found out.
 *
 * @module
 */
import { show } from "../config/quote.ts";
import { agentSettings, fileSettings } from "../config/settings.ts";
import { type ExitCode, exitCodeOf, worst } from "../exit_code.ts";
import type {
  SessionRecord,
  StatusDocument,
} from "../status/status_document.ts";
import { ago, formatTimes, percents, until } from "../words.ts";
import { type Command, jsonSwitch, quietSwitch } from "./invocation.ts";
import {
  absentLine,
  type AgentState,
  agentState,
  agentTitle,
  loginOf,
  selectSessions,
} from "./status_file.ts";
import { namedFile } from "./named_file.ts";
import { presentOf, readStatus } from "../run/read_status.ts";
import { fit, widthOf } from "./watch/text.ts";

/** Shows the status. */
export const status: Command = {
  name: "status",
  operands: "[SESSION…]",
  summary:
    "what the running agent last found out, without touching the network",
  details:
    `The exit status is that of the last verdict. It is 30 if the agent is gone, but
10 stays 10: a session that has died does not come back by itself. The age of a
report follows the uptime of the machine, so that a changed clock does not
matter. RTT is the round trip where it is known which try was answered, ANSWER
the time from a cycle's first try to the answer.`,
  settings: {
    statusFile: {
      ...agentSettings.statusFile,
      help: "the status file that run writes",
    },
    ...fileSettings,
  },
  switches: [jsonSwitch, quietSwitch],
  async run(args, world) {
    const { clock, terminal } = world;
    // To date the status, this starts the last process.
    clock.bootId();
    world.revokeRun();
    const path = await namedFile(args, world, "statusFile");
    const document = await readStatus(path, world);
    const present = await presentOf(world);
    const sessions = document === null
      ? []
      : selectSessions(document, args.operands);
    const state = agentState(document, present);
    const exitCode = codeOf(state, sessions);
    if (args.switches.has(quietSwitch.flag) && exitCode === 0) return exitCode;
    const lines = args.switches.has(jsonSwitch.flag)
      ? [JSON.stringify(jsonOf({ document, sessions, state }, exitCode))]
      : document === null
      ? [absentLine(path)]
      : linesOf({ document, sessions, state }, present.wall);
    terminal.write(lines.map((line) => `${line}\n`).join(""));
    return exitCode;
  },
};

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
  { document, sessions, state }: View,
  exitCode: ExitCode,
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

/** A column of the table. */
interface Column {
  readonly title: string;
  /** Where there is no room, the columns with the highest rank go first; `null` for one that stays. */
  readonly rank: number | null;
  readonly cell: (session: SessionRecord, now: number) => string;
}

const columns: readonly Column[] = [
  { title: "SESSION", rank: null, cell: ({ session }) => show(session) },
  {
    title: "VERDICT",
    rank: null,
    cell: ({ verdict }) => verdict ?? "none yet",
  },
  {
    title: "SINCE",
    rank: null,
    cell: ({ since }, now) => ago(since, now) ?? "-",
  },
  {
    title: "LAST ALIVE",
    rank: 2,
    cell: ({ last_alive }, now) => ago(last_alive, now) ?? "never",
  },
  {
    title: "RTT MIN/AVG/MAX",
    rank: 3,
    cell: ({ rtt_min_ms, rtt_avg_ms, rtt_max_ms }) =>
      formatTimes(rtt_min_ms, rtt_avg_ms, rtt_max_ms),
  },
  {
    title: "ANSWER AVG/MAX",
    rank: 4,
    cell: ({ answer_avg_ms, answer_max_ms }) =>
      formatTimes(answer_avg_ms, answer_max_ms),
  },
  {
    title: "MISS 15m/24h",
    rank: 1,
    cell: ({ without_alive_15min, without_alive_24h }) =>
      percents(without_alive_15min, without_alive_24h),
  },
];

/** The width of a terminal. */
const width = 80;

/** The sessions in a table that fits into a terminal, if their names let it. */
function tableOf(
  sessions: readonly SessionRecord[],
  columns: readonly Column[],
  now: number,
): string[] {
  const lines = align([
    columns.map(({ title }) => title),
    ...sessions.map((session) => columns.map(({ cell }) => cell(session, now))),
  ]);
  const fits = lines.every((line) => widthOf(line) <= width);
  const last = Math.max(...columns.map(({ rank }) => rank ?? 0));
  return fits || last === 0
    ? lines
    : tableOf(sessions, columns.filter(({ rank }) => rank !== last), now);
}

function linesOf(
  { document, sessions, state }: View & { readonly document: StatusDocument },
  now: number,
): string[] {
  const title = agentTitle(document, state, now);
  const due = state === "stale"
    ? `, the next one was due ${ago(document.stale_after, now)}`
    : "";
  const next: Column = {
    title: "NEXT",
    rank: null,
    cell: ({ next_cycle }) =>
      state === "running" ? until(next_cycle, now) : "-",
  };
  const logins = sessions.flatMap(({ session, login }) => {
    const words = state === "running" && loginOf(login, now);
    return words ? [`${show(session)}: ${words}`] : [];
  });
  const warnings = sessions.filter(({ warning }) => warning !== null)
    .map(({ session, warning }) => `${show(session)}: ${show(warning!)}`);
  return [
    title + due,
    ...tableOf(sessions, [...columns, next], now),
    ...logins,
    ...warnings,
  ];
}

/** Columns as wide as their widest cell. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, at) =>
    rows.reduce((widest, row) => Math.max(widest, widthOf(row[at]!)), 0)
  );
  return rows.map((row) =>
    row.map((cell, at) => fit(cell, widths[at]!)).join("  ").trimEnd()
  );
}
