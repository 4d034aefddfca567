/**
 * `lifesign run`: keeps sessions alive until they die or somebody stops it.
 *
 * @module
 */
import { type AgentSession, keepAlive } from "../agent/agent.ts";
import type { Report } from "../agent/session_state.ts";
import { createSockets } from "../agent/sockets.ts";
import { formatAddress, formatDuration } from "../config/parsers.ts";
import { agentSettings, sessionSettings } from "../config/settings.ts";
import { type ExitCode, exitCodeOf, worst } from "../exit_code.ts";
import { createLog, type Log } from "../log.ts";
import { classOf, type Verdict } from "../verdict.ts";
import type { World } from "../world.ts";
import {
  type Command,
  jsonSwitch,
  mistakesOf,
  quietSwitch,
  readSettings,
} from "./invocation.ts";
import { milliseconds, sessionLine, sessionRecord } from "./render.ts";
import { readSessions } from "./sessions.ts";
import { version } from "./version.ts";

/** Keeps sessions alive. */
export const run: Command = {
  name: "run",
  operands: "[SESSION…]",
  summary: "keep the sessions alive until they die or you stop it",
  settings: { ...sessionSettings, ...agentSettings },
  switches: [jsonSwitch, quietSwitch],
  async run(args, world) {
    const { clock, terminal } = world;
    const settings = readSettings(agentSettings, args, world);
    const level = "mistakes" in settings ? "info" : settings.settings.logLevel;
    const log = createLog({
      level: args.switches.has(quietSwitch.flag) ? "error" : level,
      wallTime: clock.wallTime,
      write: terminal.writeError,
    });
    const sessions = await readSessions(args, world, {
      cycles: true,
      mistakes: [...args.mistakes, ...mistakesOf(settings)],
      warn: (message) => log.warn(message),
    });
    const emit = args.switches.has(jsonSwitch.flag)
      ? jsonLines(world)
      : () => {};
    log.info(greeting(sessions));
    emit("start", { sessions: sessions.map(({ name }) => name) });
    const code = await keepAllAlive(sessions, {
      world,
      onReport(session, report) {
        writeLog(log, session, report);
        if (report.type !== "ended") emit(report.type, record(session, report));
      },
    });
    if (code === 0 || code === 130) log.info("stopped");
    else log.error(`ends with status ${code}`);
    emit("stop", { exit_code: code });
    return code;
  },
};

/** Keeps sessions alive until each is over or a signal says stop. */
function keepAllAlive(
  sessions: readonly AgentSession[],
  { world, onReport }: {
    readonly world: World;
    readonly onReport: (session: AgentSession, report: Report) => void;
  },
): Promise<ExitCode> {
  return new Promise((resolve) => {
    const sockets = createSockets(world);
    const ended: Verdict[] = [];
    const stops: (() => void)[] = [];
    const end = (code: ExitCode) => {
      for (const stop of stops) stop();
      resolve(code);
    };
    world.signals.listen("SIGTERM", () => end(0));
    world.signals.listen("SIGINT", () => end(130));
    for (const session of sessions) {
      stops.push(keepAlive(session, {
        world,
        sockets,
        onReport(report) {
          onReport(session, report);
          if (report.type !== "ended") return;
          ended.push(report.verdict);
          if (ended.length === sessions.length) end(exitCodeOf(worst(ended)!));
        },
      }));
    }
  });
}

function greeting(sessions: readonly AgentSession[]): string {
  const list = sessions.map(({ name, gateway, interval }) =>
    `${name} at ${formatAddress(gateway)} every ${formatDuration(interval)}`
  );
  return `lifesign ${version} keeps alive: ${list.join(", ")}`;
}

type Emit = (event: string, fields: Record<string, unknown>) => void;

function jsonLines({ clock, terminal }: World): Emit {
  return (event, fields) => {
    const time = new Date(clock.wallTime()).toISOString();
    terminal.write(`${JSON.stringify({ event, time, ...fields })}\n`);
  };
}

function record(
  session: AgentSession,
  report: Exclude<Report, { type: "ended" }>,
): Record<string, unknown> {
  switch (report.type) {
    case "cycle":
      return sessionRecord(session, report.result);
    case "late": {
      const { verdict, rtt } = report;
      return { session: session.name, verdict, rtt_ms: milliseconds(rtt) };
    }
    case "transition":
      return { session: session.name, from: report.from, to: report.to };
  }
}

/** Transitions are news; single cycles are of interest only when something is to be found out. */
function writeLog(log: Log, session: AgentSession, report: Report): void {
  const { name } = session;
  switch (report.type) {
    case "cycle":
      return log.debug(sessionLine(session, report.result));
    case "late":
      return log.debug(
        `${name}: ${report.verdict} after all, ${
          milliseconds(report.rtt)
        } ms late`,
      );
    case "transition": {
      const level = { alive: "info", fault: "warn", dead: "error" } as const;
      const was = report.from === "none" ? "" : `, was ${report.from}`;
      return log[level[classOf(report.to)]](`${name}: ${report.to}${was}`);
    }
    case "ended":
      return log.info(`${name}: ended, ${report.verdict}`);
  }
}
